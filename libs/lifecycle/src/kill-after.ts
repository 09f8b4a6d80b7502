import { Worker } from 'node:worker_threads';

/**
 * Ends the process from a thread of its own, for the case that the event loop hangs and no timer fires any more.
 *
 * The first process of a container is immune to signals from inside, so that one's endless script is ended instead, which
 * ends the process too.
 */
const SOURCE = `
const { writeSync } = require('node:fs');
const { Session } = require('node:inspector');
const { workerData } = require('node:worker_threads');
const IMMUNE_AFTER_MS = 100;

setTimeout(() => {
  const time = new Date().toISOString();
  const msg = 'shutdown: SHUTDOWN_TIMEOUT_MS is over and the event loop hangs: killed';
  writeSync(1, JSON.stringify({ level: 'fatal', time, msg, step: 'exit' }) + '\\n');
  process.kill(process.pid, 'SIGKILL');
  setTimeout(() => {
    const session = new Session();
    session.connectToMainThread();
    session.post('Runtime.terminateExecution');
  }, IMMUNE_AFTER_MS);
}, workerData);
`;

export function killAfter(ms: number): void {
  const thread = new Worker(SOURCE, { eval: true, execArgv: [], workerData: ms });
  // Without the thread the shutdown goes on; only this last resort is missing.
  thread.on('error', () => undefined);
  thread.unref();
}
