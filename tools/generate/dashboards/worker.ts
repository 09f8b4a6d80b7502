import { dashboard } from './dashboard';
import { figure, graph } from './panels';

const WORKERS = 'namespace="$namespace",pod=~"worker-.*"';
const rate = (series: string) => `rate(${series}[$__rate_interval])`;
/** Every pod reports the same of what is in Redis and Postgres. */
const queues = (metric: string, more = '') => `max by (queue) (${metric}{${WORKERS}${more}})`;
const cleanup = (metric: string) => `max(session_cleanup_${metric}{${WORKERS}})`;

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

const sessions = [
  figure({
    question: 'When did the cleanup last succeed?',
    about: 'It is due every day; after 26 hours there is a ticket.',
    unit: 's',
    width: 6,
    queries: { ago: `time() - ${cleanup('last_success_timestamp_seconds')}` },
  }),
  figure({
    question: 'How long did it take?',
    about: 'The last run that was done.',
    unit: 's',
    width: 6,
    queries: { took: cleanup('last_run_duration_seconds') },
  }),
  graph({
    question: 'How many expired sessions are left?',
    about: 'Counted up to 10,000. It falls to 0 with each run.',
    unit: 'short',
    queries: { left: cleanup('backlog_sessions') },
  }),
  graph({
    question: 'How many did it delete, and in how many batches?',
    about: 'By the hour. Runs of the CronJob count like those of the worker.',
    unit: 'short',
    width: 24,
    queries: {
      sessions: `max(increase(session_cleanup_deleted_sessions_total{${WORKERS}}[1h]))`,
      batches: `max(increase(session_cleanup_batches_total{${WORKERS}}[1h]))`,
      runs: `max(increase(session_cleanup_runs_total{${WORKERS}}[1h]))`,
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

/** Queues and cleanup. */
export const worker = dashboard({
  uid: 'kubernest-worker',
  title: 'Worker',
  about: 'Is the work done that nobody waits for?',
  rows: { Queues: backlog, 'Cleanup of expired sessions': sessions, Saturation: saturation },
});
