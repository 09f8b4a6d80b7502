import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Balancer } from './balancer';

/**
 * As kube-proxy does it: layer 4, one decision for each connection, which then stays with its pod, whatever becomes of the endpoints.
 * In a process of its own, so that what it costs slows nobody else down.
 */
export async function startBuiltin(): Promise<Balancer> {
  const child = fork(join(import.meta.dirname, 'builtin-program.ts'), {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const ended = exited.then(() => {
    throw new Error('The balancer has ended');
  });
  ended.catch(() => undefined);
  const [port] = (await Promise.race([once(child, 'message'), ended])) as [number];
  return {
    port,
    use: (endpoints) => child.connected && child.send(endpoints.map((endpoint) => endpoint.port)),
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
