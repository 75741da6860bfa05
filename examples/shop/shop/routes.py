"""Which handler answers what."""

from __future__ import annotations

from starlette.routing import Route

from shop.handlers import cart, catalogue, health, orders, recommendations, search

ROUTES = [
    Route("/healthz", health.healthz),
    Route("/products", catalogue.list_products),
    Route("/products/{product_id:int}", catalogue.show_product),
    Route("/search", search.search_products),
    Route("/cart/{cart_id:int}", cart.show_cart),
    Route("/orders", orders.place_order, methods=["POST"]),
    Route("/recommendations", recommendations.list_recommendations),
]
