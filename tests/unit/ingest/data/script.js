import http from 'k6/http';
import { check, group } from 'k6';
import exec from 'k6/execution';
import { Trend } from 'k6/metrics';
const B = __ENV.BASE_URL;
const cart = new Trend('cart_size');
export const options = { scenarios: { browse: { executor: 'per-vu-iterations', vus: 2, iterations: 4 } } };
export default function () {
  if (__ENV.SIDES) exec.vu.metrics.tags.side = __VU % 2 ? 'candidate' : 'baseline';
  group('browse', () => {
    const r = http.get(B + '/a?x=1', { tags: { name: 'GET /a' } });
    check(r, { 'is 200, "really"': (r) => r.status == 200 });
  });
  http.get(B + '/fail', { tags: { name: 'broken page' } });
  http.get(B + '/item/' + (90 + exec.vu.iterationInScenario) + '?q=2');
  http.post(http.url`${B}/cart/${exec.vu.idInTest}`, 'a=1');
  cart.add(3);
  if (exec.vu.iterationInScenario == 0) http.get('http://127.0.0.1:1/refused', { tags: { name: 'GET /refused' } });
}
