// The sample shop under an open model: visitors arrive at a fixed rate, however slow the shop answers.
//
//   k6 run -e BASE_URL=http://127.0.0.1:8000 k6/shop.js
//
// BASE_URL   where the shop is
// DURATION   how long visitors keep arriving (default 30s)
import http from 'k6/http';
import { check, sleep } from 'k6';
import exec from 'k6/execution';

const BASE = __ENV.BASE_URL || 'http://127.0.0.1:8000';
const DURATION = __ENV.DURATION || '30s';

const CATEGORIES = ['books', 'games', 'garden', 'kitchen', 'music', 'outdoor', 'tools', 'toys'];
const SEARCHES = ['small lamp', 'quiet chair', 'bright kettle', 'sturdy tent', 'light guitar', 'small folding lamp chair'];
const PRODUCTS = 8000;
const CARTS = 400;
const CUSTOMERS = 2000;

export const options = {
  scenarios: {
    visitors: {
      executor: 'constant-arrival-rate',
      exec: 'visit',
      rate: 12,
      timeUnit: '1s',
      duration: DURATION,
      preAllocatedVUs: 20,
      maxVUs: 60,
      gracefulStop: '3s',
    },
  },
  thresholds: {
    http_req_failed: ['rate<0.01'],
    checks: ['rate>0.99'],
  },
};

// One visitor: a category, a product with what sells beside it, a search, the cart, an order.
export function visit() {
  const visitor = exec.scenario.iterationInTest;
  const category = CATEGORIES[visitor % CATEGORIES.length];
  const product = pick(visitor, 37, PRODUCTS);
  const search = encodeURIComponent(SEARCHES[visitor % SEARCHES.length]);

  get(`/products?category=${category}&page=${1 + (visitor % 5)}`, 'GET /products');
  think();
  get(`/products/${product}`, 'GET /products/{id}');
  think();
  get(`/recommendations?category=${category}`, 'GET /recommendations');
  think();
  get(`/search?q=${search}`, 'GET /search');
  think();
  get(`/cart/${pick(visitor, 1, CARTS)}`, 'GET /cart/{id}');
  think();
  order(pick(visitor, 1, CUSTOMERS), [product, pick(visitor, 53, PRODUCTS), pick(visitor, 71, PRODUCTS)]);
}

function get(path, name) {
  const response = http.get(`${BASE}${path}`, { tags: { name } });
  check(response, { 'status is 200': (r) => r.status === 200 });
}

function order(customer, products) {
  const lines = [...new Set(products)].map((product) => ({ product, quantity: 1 }));
  const response = http.post(`${BASE}/orders`, JSON.stringify({ customer, lines }), {
    headers: { 'Content-Type': 'application/json' },
    tags: { name: 'POST /orders' },
  });
  check(response, { 'order was placed': (r) => r.status === 201 });
}

// Each visitor's own things, the same for the same visitor in every run.
function pick(visitor, step, count) {
  return 1 + ((visitor * step) % count);
}

// People pause, and never for the same time: requests of different visitors meet by chance, as they do in production.
function think() {
  sleep(0.02 + 0.1 * Math.random());
}
