import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { Fault } from '../start/fault';

const ANSWER_TIMEOUT_MS = 10_000;

/**
 * Asks the cluster for its version, since kubectl's own errors for a cluster that is away are many lines long.
 *
 * @returns the name of the context
 * @throws Fault when no cluster is chosen, or the chosen one does not answer
 */
export function reachCluster(): string {
  const context = ask(['config', 'current-context']);
  if (context.status !== 0)
    throw new Fault(
      'kubectl has no current context: choose a cluster with kubectl config use-context (kubectl config get-contexts lists them)',
    );
  const name = context.stdout.trim();
  const seconds = ANSWER_TIMEOUT_MS / 1000;
  const answer = ask(['get', '--raw', '/version', `--request-timeout=${seconds}s`]);
  if (answer.status !== 0) {
    const reason = answer.stderr.trim().split('\n').at(-1) || `no answer in ${seconds} s`;
    throw new Fault(`The cluster of context ${name} cannot be used: ${reason}`);
  }
  return name;
}

function ask(args: string[]) {
  return spawnSync('kubectl', args, { encoding: 'utf8', timeout: ANSWER_TIMEOUT_MS + 1_000 });
}

/** Says what it runs, runs it, and resolves with its exit code. */
export async function runKubectl(args: string[]): Promise<number> {
  console.error(`$ kubectl ${args.join(' ')}`);
  const child = spawn('kubectl', args, { stdio: 'inherit' });
  // A terminal's Ctrl-C reaches kubectl by itself; it ends, and so do we.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
