import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { Fault } from '../start/fault';

const ANSWER_TIMEOUT_MS = 20_000;
const ANSWER_SECONDS = ANSWER_TIMEOUT_MS / 1000;
/** Its `apply -k` renders by kustomize 5.5. */
const OLDEST_KUBECTL_MINOR = 32;

/** @throws Fault when kubectl is missing or too old to apply these overlays */
export function requireKubectl(): void {
  const wanted = `install kubectl 1.${OLDEST_KUBECTL_MINOR} or later`;
  const { error, stdout } = ask(['version', '--client', '-o', 'json']);
  if (error) throw new Fault(`kubectl is not on the PATH: ${wanted}`);
  const version = /"gitVersion":\s*"v(\d+)\.(\d+)[^"]*"/.exec(stdout);
  const [major = 0, minor = 0] = version?.slice(1).map(Number) ?? [];
  if (major > 1 || (major === 1 && minor >= OLDEST_KUBECTL_MINOR)) return;
  throw new Fault(`kubectl ${version ? `${major}.${minor}` : 'of an unknown version'} is too old: ${wanted}`);
}

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
      'kubectl has no current context: choose a cluster with kubectl config use-context (kubectl config get-contexts lists them; deploy/README.md makes one with kind)',
    );
  const name = context.stdout.trim();
  const answer = ask(['get', '--raw', '/version', `--request-timeout=${ANSWER_SECONDS}s`]);
  if (answer.status !== 0)
    throw new Fault(`The cluster of context ${name} cannot be used: ${reasonOf(answer.stderr)}`);
  return name;
}

/** @throws Fault when nothing of an overlay has been applied yet */
export function requireNamespace(namespace: string): void {
  const { status, stderr } = ask(['get', 'namespace', namespace, '-o', 'name']);
  if (status !== 0 && stderr.includes('NotFound'))
    throw new Fault(
      `The cluster has no namespace ${namespace}: nothing of this overlay has been applied yet`,
    );
}

/** @throws Fault when kubectl fails */
export function readCluster(args: string[]): unknown {
  const { status, stdout, stderr } = ask(args);
  if (status !== 0) throw new Fault(`kubectl ${args.join(' ')} failed: ${reasonOf(stderr)}`);
  return JSON.parse(stdout);
}

function ask(args: string[]) {
  const options = { encoding: 'utf8', timeout: ANSWER_TIMEOUT_MS + 1_000, maxBuffer: 2 ** 28 } as const;
  return spawnSync('kubectl', args, options);
}

function reasonOf(stderr: string): string {
  return stderr.trim().split('\n').at(-1) || `no answer in ${ANSWER_SECONDS} s`;
}

/** Says what it runs, runs it, and resolves with its exit code. */
export async function runKubectl(args: string[]): Promise<number> {
  console.error(`$ kubectl ${args.join(' ')}`);
  const child = spawn('kubectl', args, { stdio: 'inherit' });
  // A terminal's Ctrl-C reaches kubectl by itself; it ends, and so do we.
  const wait = () => undefined;
  const end = () => child.kill('SIGTERM');
  process.on('SIGINT', wait).on('SIGTERM', end);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
  } finally {
    process.off('SIGINT', wait).off('SIGTERM', end);
  }
}
