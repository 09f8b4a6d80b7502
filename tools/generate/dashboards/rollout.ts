import { dashboard } from './dashboard';
import { graph, states } from './panels';

const PODS = 'namespace="$namespace"';
const REQUESTS = 'namespace="$namespace",pod=~"api-server-.*",route!~"/health/.*"';
const rate = (series: string) => `rate(${series}[$__rate_interval])`;

/** Each state as a number, since a row of the picture is one series. */
const STATES = ['starting', 'ready', 'draining', 'closing'];
const lifecycle = STATES.map(
  (state, index) => `${index + 1} * max by (pod) (lifecycle_state{${PODS},state="${state}"})`,
).join(' + ');

const pods = [
  states({
    question: 'What is each pod doing?',
    about: 'A drain may be shorter than the time between two scrapes, and not be seen.',
    unit: 'short',
    queries: { '{{pod}}': lifecycle },
    states: {
      1: { text: 'starting', color: 'blue' },
      2: { text: 'ready', color: 'green' },
      3: { text: 'draining', color: 'yellow' },
      4: { text: 'closing', color: 'orange' },
    },
  }),
  states({
    question: 'Which pods get traffic?',
    about: 'Readiness, as the last probe was answered.',
    unit: 'short',
    queries: { '{{pod}}': `max by (pod) (readiness_up{${PODS}})` },
    states: { 0: { text: 'not ready', color: 'red' }, 1: { text: 'ready', color: 'green' } },
  }),
  graph({
    question: 'Which versions run?',
    about: 'Pods of each. Two at once for long: the rollout is stuck.',
    unit: 'short',
    queries: {
      'api {{version}}': `count by (version) (group by (version, pod) (build_info{${PODS},pod=~"api-server-.*"}))`,
      'worker {{version}}': `count by (version) (group by (version, pod) (build_info{${PODS},pod=~"worker-.*"}))`,
    },
  }),
  states({
    question: 'What keeps pods from being ready?',
    about:
      'The worst that any pod says of each check. Also what does not decide readiness: see READINESS_CRITICAL.',
    unit: 'short',
    queries: { '{{check}}': `min by (check) (readiness_check_up{${PODS}})` },
    states: { 0: { text: 'fails', color: 'red' }, 1: { text: 'passes', color: 'green' } },
  }),
];

const requests = [
  graph({
    question: 'Does any request fail?',
    about: 'Answers with 5xx, by pod. In a rollout there are none: the README promises it.',
    unit: 'reqps',
    queries: {
      '{{status}} {{pod}}': `sum by (status, pod) (${rate(`http_requests_total{${REQUESTS},status=~"5.."}`)})`,
    },
  }),
  graph({
    question: 'Which pods serve?',
    about: 'Load moves from old pods to new ones, and does not fall in between.',
    unit: 'reqps',
    queries: { '{{pod}}': `sum by (pod) (${rate(`http_requests_total{${REQUESTS}}`)})` },
  }),
  graph({
    question: 'Does it get slower?',
    about: 'What 99 % of the requests take at most, by pod: a new pod is cold for a moment.',
    unit: 's',
    queries: {
      '{{pod}}': `histogram_quantile(0.99, sum by (le, pod) (${rate(`http_request_duration_seconds_bucket{${REQUESTS}}`)}))`,
    },
  }),
  states({
    question: 'Have the pods their Redis?',
    about: 'The worst that any pod says of each of its connections.',
    unit: 'short',
    queries: { '{{connection}}': `min by (connection) (redis_connection_up{${PODS}})` },
    states: { 0: { text: 'away', color: 'red' }, 1: { text: 'there', color: 'green' } },
  }),
];

/** Lifecycle states. */
export const rollout = dashboard({
  uid: 'kubernest-rollout',
  title: 'Rollout',
  about:
    'Does the change that is under way go well? To be watched during a release, a restart, a change of scale.',
  rows: { Pods: pods, Requests: requests },
});
