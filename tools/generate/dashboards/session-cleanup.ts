import { figure, graph, WORKERS } from './panels';

/** Every pod reports the same of what is in Postgres. */
const cleanup = (metric: string) => `max(session_cleanup_${metric}{${WORKERS}})`;

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

export const sessionCleanup = { 'Cleanup of expired sessions': sessions };
