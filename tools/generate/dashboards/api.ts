import { dashboard } from './dashboard';
import { figure, graph } from './panels';

const PODS = 'namespace="$namespace",pod=~"api-server-.*"';
/** Probes are no load. */
const REQUESTS = `${PODS},route!~"/health/.*"`;
const rate = (series: string) => `rate(${series}[$__rate_interval])`;
const requests = (more = '') => rate(`http_requests_total{${REQUESTS}${more}}`);
const FAILED = ',status=~"5.."';
const quantile = (share: number, by: string, buckets: string) =>
  `histogram_quantile(${share}, sum by (${by}) (${rate(buckets)}))`;
const BUCKETS = `http_request_duration_seconds_bucket{${REQUESTS}}`;

const traffic = [
  graph({
    question: 'How many requests come in, and how are they answered?',
    about: 'By class of status. 4xx are the clients’ faults, 499 a client that did not wait; 5xx are ours.',
    unit: 'reqps',
    queries: {
      '{{status_class}}': `sum by (status_class) (${rate(`http_request_duration_seconds_count{${REQUESTS}}`)})`,
    },
  }),
  graph({
    question: 'Which routes are asked for?',
    about: 'The ten that are asked for the most.',
    unit: 'reqps',
    queries: { '{{method}} {{route}}': `topk(10, sum by (method, route) (${requests()}))` },
  }),
];

const failures = [
  figure({
    question: 'How much of the month’s error budget is left?',
    about: '99.9 % of 30 days may not fail. Below 0 % the objective is missed.',
    unit: 'percentunit',
    width: 6,
    queries: {
      left: `1 - (sum(increase(http_requests_total{${REQUESTS}${FAILED}}[30d])) or vector(0)) / sum(increase(http_requests_total{${REQUESTS}}[30d])) / 0.001`,
    },
  }),
  graph({
    question: 'Which share of the requests fails?',
    about: 'Answers with 5xx. From 1.44 % on, for an hour, somebody is paged.',
    unit: 'percentunit',
    width: 9,
    queries: { failed: `(sum(${requests(FAILED)}) or vector(0)) / sum(${requests()})` },
  }),
  graph({
    question: 'What fails, and where?',
    about:
      'Answers with 5xx by route and pod: one pod is a bad pod, one route a bad release, all of it a data store.',
    unit: 'reqps',
    width: 9,
    queries: {
      '{{status}} {{method}} {{route}} {{pod}}': `sum by (status, method, route, pod) (${requests(FAILED)})`,
    },
  }),
];

const durations = [
  graph({
    question: 'How long do requests take?',
    about: 'The objective: 99 % within 0.5 s.',
    unit: 's',
    queries: {
      'half of them at most': quantile(0.5, 'le', BUCKETS),
      '95 %': quantile(0.95, 'le', BUCKETS),
      '99 %': quantile(0.99, 'le', BUCKETS),
    },
  }),
  graph({
    question: 'Which routes are slow?',
    about:
      'What 99 % of the requests of a route take at most. Signing in hashes a password, and is the slowest by design.',
    unit: 's',
    queries: { '{{method}} {{route}}': quantile(0.99, 'le, method, route', BUCKETS) },
  }),
  graph({
    question: 'Is Postgres slow?',
    about: 'What 99 % of the statements take at most, by kind.',
    unit: 's',
    queries: {
      '{{operation}}': quantile(0.99, 'le, operation', `database_query_duration_seconds_bucket{${PODS}}`),
    },
  }),
  graph({
    question: 'Is Redis slow?',
    about: 'What 99 % of the commands take at most, by command.',
    unit: 's',
    queries: {
      '{{command}}': quantile(0.99, 'le, command', `redis_command_duration_seconds_bucket{${PODS}}`),
    },
  }),
];

const saturation = [
  graph({
    question: 'Do requests wait for a connection to Postgres?',
    about:
      'Waiting for more than a moment: the pool is exhausted. Busy ones may stay at the limit as long as nothing waits.',
    unit: 'short',
    queries: {
      'waiting {{pod}}': `max by (pod) (database_pool_waiting_requests{${PODS}})`,
      'busy {{pod}}': `max by (pod) (database_pool_connections{${PODS},state="in_use"})`,
      'limit of a pod': `max(database_pool_max_connections{${PODS}})`,
    },
  }),
  graph({
    question: 'Do requests pile up in the pods?',
    about: 'Requests in hand. A pod with many more than the others does not get on.',
    unit: 'short',
    queries: { '{{pod}}': `max by (pod) (http_requests_in_flight{${PODS}})` },
  }),
  graph({
    question: 'Is the event loop blocked?',
    about: 'By how much timers are late, for the latest 1 %. Above 0.1 s everything in that pod waits.',
    unit: 's',
    queries: { '{{pod}}': `max by (pod) (nodejs_eventloop_lag_p99_seconds{${PODS}})` },
  }),
  graph({
    question: 'How much cpu do the pods use?',
    about: 'Cores. The request is what the autoscaler reckons with.',
    unit: 'short',
    queries: { '{{pod}}': `max by (pod) (${rate(`process_cpu_seconds_total{${PODS}}`)})` },
  }),
  graph({
    question: 'Do the pods run out of memory?',
    about: 'Resident memory. The limit is in the Deployment; one that only grows is a leak.',
    unit: 'bytes',
    queries: { '{{pod}}': `max by (pod) (process_resident_memory_bytes{${PODS}})` },
  }),
  graph({
    question: 'How many requests per second has a pod to bear?',
    about: 'What the autoscaler sees: it adds pods from 100 on.',
    unit: 'reqps',
    queries: { '{{pod}}': `sum by (pod) (rate(http_requests_total{${REQUESTS}}[2m]))` },
  }),
];

/** Rate, errors, duration and saturation. */
export const api = dashboard({
  uid: 'kubernest-api',
  title: 'API',
  about: 'Does the API serve its clients, and if not, what is in the way? Probes are left out.',
  rows: { Rate: traffic, Errors: failures, Duration: durations, Saturation: saturation },
});
