import { descendantsOf } from './process-tree';

/**
 * Stops a server and every process of its own as they are (SIGSTOP): connections stay open, new ones are accepted by the
 * system, and nothing is answered.
 *
 * @returns lets them go on
 */
export function freeze(pid: number): () => void {
  // The first one first: it starts the others.
  process.kill(pid, 'SIGSTOP');
  const pids = [pid, ...descendantsOf(pid)];
  for (const member of pids) send(member, 'SIGSTOP');
  return () => {
    for (const member of pids) send(member, 'SIGCONT');
  };
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
