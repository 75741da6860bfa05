"""Routes of the usual frameworks, from one file's text."""

from __future__ import annotations

import pytest

from perfagent.agents.code.endpoints import endpoint, match, segments
from perfagent.agents.code.languages import language_of
from perfagent.agents.code.routes import mounts_in, routes_in

FRAMEWORKS = {
    "django/urls.py": (
        "urlpatterns = [\n    path('orders/<int:pk>/', views.order_detail, name='x'),\n    re_path(r'^items/(?P<id>\\d+)/$', ItemView.as_view()),\n]\n",
        [("orders/{}", None, "order_detail"), ("items/{}", None, "ItemView")],
    ),
    "django/nested/urls.py": (
        "api = [\n    path('', views.List.as_view()),\n]\nurlpatterns = [\n    path('api/orders/', include((api, 'x'))),\n]\n",
        [("api/orders", None, "List")],
    ),
    "drf.py": ("router.register('products', ProductViewSet)\n", [("products", None, "ProductViewSet"), ("products/{}", None, "ProductViewSet")]),
    "flask.py": ("bp = Blueprint('cart', __name__, url_prefix='/cart')\n@bp.route('/<int:id>', methods=['POST'])\ndef add(id):\n    pass\n", [("cart/{}", "POST", "")]),
    "fastapi.py": ("router = APIRouter(prefix=\"/orders\")\n@router.get(\n    \"/search\",\n)\ndef s(): pass\n", [("orders/search", "GET", "")]),
    "starlette.py": ("routes = [\n    Route('/products', products, methods=['GET']),\n]\n", [("products", "GET", "products")]),
    "express.js": (
        "router.get('/orders/:id', auth, ctl.show);\napp.post('/pay', async (req, res) => {\n  a();\n});\nconst x = await axios.get('/foo');\n",
        [("orders/{}", "GET", "show"), ("pay", "POST", "")],
    ),
    "nest.ts": ("@Controller('cats')\nexport class C {\n  @Get(':id')\n  one() {}\n  @Post()\n  add() {}\n}\n", [("cats/{}", "GET", ""), ("cats", "POST", "")]),
    "Spring.java": (
        "@RestController\n@RequestMapping(\"/api/pets\")\npublic class P {\n  @GetMapping(\"/{id}\")\n  public Pet get() {}\n}\n",
        [("api/pets/{}", "GET", "")],
    ),
    "gin.go": (
        "func R(r *gin.Engine) {\n\tv1 := r.Group(\"/v1\")\n\tv1.GET(\"/users/:id\", h.GetUser)\n\tmux.HandleFunc(\"GET /items/{id}\", s.item)\n}\n",
        [("v1/users/{}", "GET", "GetUser"), ("items/{}", "GET", "item")],
    ),
    "chi.go": ("func R(m M) {\n\tm.Group(\"/repos\", func() {\n\t\tm.Get(\"/search\", repo.Search)\n\t})\n}\n", [("repos/search", "GET", "Search")]),
    "routes.rb": (
        "Rails.application.routes.draw do\n  namespace :api do\n    get 'items', to: 'order_items#index'\n  end\nend\n",
        [("api/items", "GET", "index")],
    ),
    "laravel.php": ("Route::get('/orders/{id}', [OrderController::class, 'show']);\n", [("orders/{}", "GET", "show")]),
    "Asp.cs": (
        "[ApiController]\n[Route(\"api/[controller]\")]\npublic class OrdersController : ControllerBase {\n  [HttpGet(\"{id}\")]\n  public int Get(int id) {}\n}\n",
        [("api/orders/{}", "GET", "")],
    ),
    "graph.py": ("class Query:\n    def resolve_orders(self, info):\n        pass\n", [("orders", "QUERY", "")]),
    "axum.rs": ("let app = Router::new()\n    .route(\"/orders\", get(list_orders))\n", [("orders", None, "list_orders")]),
    "src/pages/api/orders/[id].ts": ("export default function h() {}", [("api/orders/{}", None, "")]),
}  # fmt: skip


@pytest.mark.parametrize("path", FRAMEWORKS)
def test_routes_of(path):
    text, expected = FRAMEWORKS[path]
    found = [("/".join(p or "{}" for p in r.path), r.method, r.handler) for r in routes_in(path, text, language_of(path)) if r.path]
    assert found == expected


def test_a_client_call_is_no_route():
    assert routes_in("a.js", "const { data } = await axios.get('/users');\ncache.get('/x');\n", language_of("a.js")) == []


@pytest.mark.parametrize(
    ("route", "name", "fits"),
    [
        ("/orders/<int:pk>/", "GET /api/orders/{id}", True),
        ("/orders/:id", "GET /orders/42", True),
        ("/orders/:id/items", "GET /orders/42", False),
        ("/orders", "GET http://host:80/orders?page=2", True),
        ("/orders", "GET /carts", False),
        ("/order-items", "GET /orderItems", True),
    ],
)
def test_a_route_fits_an_endpoint(route, name, fits):
    assert (match(segments(route), None, endpoint(name)) > 0.4) is fits


def test_another_method_does_not_fit():
    assert match(segments("/orders"), "POST", endpoint("GET /orders")) == 0


@pytest.mark.parametrize(
    ("text", "mount"),
    [
        ("path('api/dm/', include('data_manager.urls')),", ("api/dm/", "data_manager")),
        ("app.use('/api/orders', ordersRouter);", ("/api/orders", "orders")),
        ("app.use('/api/orders', require('./routes/orders'));", ("/api/orders", "orders")),
        ("app.include_router(orders.router, prefix='/orders')", ("/orders", "orders")),
        ("app.register_blueprint(cart.bp, url_prefix='/cart')", ("/cart", "cart")),
    ],
)
def test_mounts(text, mount):
    assert mount in mounts_in(text)
