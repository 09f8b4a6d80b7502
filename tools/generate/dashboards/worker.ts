import { dashboard } from './dashboard';
import { graph, WORKERS } from './panels';
import { sessionCleanup } from './session-cleanup';

const rate = (series: string) => `rate(${series}[$__rate_interval])`;
/** Every pod reports the same of what is in Redis and Postgres. */
const queues = (metric: string, more = '') => `max by (queue) (${metric}{${WORKERS}${more}})`;

const backlog = [
  graph({
    question: 'How many jobs are there to do?',
    about: 'Waiting ones have no worker yet, delayed ones have a date or wait for their next attempt.',
    unit: 'short',
    queries: {
      '{{queue}} {{state}}': `max by (queue, state) (queue_jobs{${WORKERS},state=~"waiting|active|delayed"})`,
    },
  }),
  graph({
    question: 'How long does a job wait for a worker?',
    about: 'The age of the oldest one. From 15 minutes on there is a ticket.',
    unit: 's',
    queries: { '{{queue}}': queues('queue_oldest_waiting_job_age_seconds') },
  }),
  graph({
    question: 'Which jobs have failed for good?',
    about: 'Failed after all their attempts, as far as Redis still keeps them.',
    unit: 'short',
    queries: { '{{queue}}': queues('queue_jobs', ',state="failed"') },
  }),
  graph({
    question: 'How do attempts end?',
    about: 'Retried ones come again, handed back ones go on in another worker.',
    unit: 'ops',
    queries: {
      '{{queue}} {{outcome}}': `sum by (queue, outcome) (${rate(`queue_job_duration_seconds_count{${WORKERS}}`)})`,
    },
  }),
  graph({
    question: 'How long do jobs take?',
    about: 'What 95 % of the attempts take at most.',
    unit: 's',
    queries: {
      '{{queue}}': `histogram_quantile(0.95, sum by (le, queue) (${rate(`queue_job_duration_seconds_bucket{${WORKERS}}`)}))`,
    },
  }),
  graph({
    question: 'Do workers die, or jobs need more attempts?',
    about: 'A job stalls when its worker is gone without handing it back: killed, out of memory, or blocked.',
    unit: 'short',
    queries: {
      'stalled {{queue}}': `sum by (queue) (increase(queue_jobs_stalled_total{${WORKERS}}[1h]))`,
      'retries {{queue}}': `sum by (queue) (increase(queue_job_retries_total{${WORKERS}}[1h]))`,
    },
  }),
];

const saturation = [
  graph({
    question: 'Do jobs wait for a connection to Postgres?',
    about: 'The pool of a worker is small; waiting for more than a moment means that it is exhausted.',
    unit: 'short',
    queries: { 'waiting {{pod}}': `max by (pod) (database_pool_waiting_requests{${WORKERS}})` },
  }),
  graph({
    question: 'How much cpu do the workers use?',
    about: 'Cores.',
    unit: 'short',
    queries: { '{{pod}}': `max by (pod) (${rate(`process_cpu_seconds_total{${WORKERS}}`)})` },
  }),
  graph({
    question: 'Do the workers run out of memory?',
    about: 'Resident memory. The limit is in the Deployment.',
    unit: 'bytes',
    queries: { '{{pod}}': `max by (pod) (process_resident_memory_bytes{${WORKERS}})` },
  }),
  graph({
    question: 'Are these figures complete?',
    about: 'What could not be asked in time is missing in a scrape, and counted here.',
    unit: 'short',
    queries: {
      '{{collector}} {{pod}}': `sum by (collector, pod) (increase(metrics_collection_failures_total{${WORKERS}}[15m]))`,
    },
  }),
];

/** Queues, and what features add. */
export const worker = dashboard({
  uid: 'kubernest-worker',
  title: 'Worker',
  about: 'Is the work done that nobody waits for?',
  rows: { Queues: backlog, ...sessionCleanup, Saturation: saturation },
});
