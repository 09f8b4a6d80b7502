import { judge } from './judge';
import { Catalogue, seriesOf } from './series';

const api = seriesOf(`# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{route="/a",status="200"} 3
# TYPE seconds histogram
seconds_bucket{le="+Inf",route="/a{b}"} 3
seconds_sum{route="/a{b}"} 3
seconds_count{route="/a{b}"} 3
# TYPE state gauge
state{state="ready"} 1
state{state="closing"} 0
# TYPE silent_total counter
`);
const worker = seriesOf('# TYPE jobs gauge\njobs{queue="a"} 3\n# TYPE state gauge\nstate{state="ready"} 1\n');

const catalogue = new Catalogue({ 'api-server': api, worker });
catalogue.addRecorded('namespace:requests:rate5m', ['namespace']);
const faultsOf = (query: string) => judge(query, catalogue).faults;
const labelsOf = (query: string) => [...judge(query, catalogue).labels];

test.each([
  'requests_total{route!~"/health/.*",status=~"5..",pod=~"api-server-.*"}',
  'sum by (namespace, route) (rate(requests_total[5m] offset 1h)) / on (namespace) group_left () sum by (namespace) (rate(requests_total[5m]))',
  'histogram_quantile(0.99, sum by (le) (rate(seconds_bucket[5m])))',
  'sum(rate(seconds_sum[5m])) / sum(rate(seconds_count[5m]))',
  'max by (namespace) (state{state!="ready"}) > 0 and on (namespace) namespace:requests:rate5m > 14.4 * 0.001',
  'time() - max(jobs{queue="a"}) > 26 * 3600',
  '(max_over_time(requests_total[5m]) unless requests_total offset 5m) or increase(requests_total[5m])',
  'label_replace(up == 1, "workload", "$1", "pod", "(.*)") or vector(0)',
])('finds no fault in %s', (query) => {
  expect(faultsOf(query)).toEqual([]);
});

test.each([
  ['nothing_total', 'nothing_total: no process exports nothing_total'],
  ['silent_total', 'silent_total: no process exports silent_total'],
  ['jobs{pod=~"api-server-.*"}', 'jobs{pod=~"api-server-.*"}: no process exports jobs'],
  ['requests_total{code="200"}', 'requests_total has no label code'],
  ['state{state="draining"}', 'state has no state="draining", but ready, closing'],
  ['state{state!~"drain.*"}', 'state has no state="drain.*", but ready, closing'],
  ['sum by (queue) (requests_total)', 'there is no label queue in sum by (queue) (requests_total)'],
  ['sum without (queue) (requests_total)', 'there is no label queue in sum without (queue) (requests_total)'],
  ['sum by (route) (sum by (status) (requests_total))', expect.stringContaining('no label route in')],
  ['up and on (queue) jobs', 'there is no label queue in up and on (queue) jobs'],
  ['histogram_quantile(0.9, sum(seconds_bucket))', expect.stringContaining('no label le in')],
  ['sum by (pod) (up) / sum by (job) (up)', expect.stringContaining('(pod) never matches (job)')],
  ['label_replace(up, "a", "$1", "b", "(.*)")', expect.stringContaining('no label b in')],
])('finds fault in %s', (query, fault) => {
  expect(faultsOf(query)).toEqual([fault]);
});

test.each(['sum by (pod (up)', 'rate(up[5m]))', '', '{__name__="up"}'])('refuses %s', (query) => {
  expect(() => judge(query, catalogue)).toThrow();
});

test('knows by what the results can be told apart', () => {
  expect(labelsOf('requests_total')).toEqual(['namespace', 'pod', 'job', 'route', 'status']);
  expect(labelsOf('topk(3, sum by (route) (requests_total)) > 1')).toEqual(['route']);
  expect(labelsOf('sum by (pod) (up) or sum by (pod, job) (up)')).toEqual(['pod']);
  expect(labelsOf('state * on (pod) group_left (queue) jobs')).toEqual([
    'namespace',
    'pod',
    'job',
    'state',
    'queue',
  ]);
  expect(labelsOf('sum(up)')).toEqual([]);
});
