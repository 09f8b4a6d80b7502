import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { Fault } from '../start/fault';
import type { ReadCluster, Target } from './operations';

/** What is read of `kubectl get pods -o json`. */
interface PodList {
  items: {
    metadata: { name: string };
    spec: { containers: { ports?: { name?: string; containerPort: number }[] }[] };
  }[];
}

/** Of `answerLogLevel` in libs/telemetry: its view of the level, or a problem. */
interface Answer {
  level: string;
  until?: string;
  detail?: string;
  errors?: { pointer: string; detail: string }[];
}

interface Pod {
  name: string;
  /** Of the container's port for operators. */
  port: number;
}

const FORWARDED_TIMEOUT_MS = 20_000;
const ANSWER_TIMEOUT_MS = 10_000;
const FORWARDED = /^Forwarding from 127\.0\.0\.1:(\d+) ->/;

/**
 * Shows the log level of every pod of a workload, or changes it for some time.
 *
 * @returns 1 when one of them could not be asked, or refused
 * @throws Fault when none runs
 */
export async function logLevel(target: Target, read: ReadCluster): Promise<number> {
  const pods = podsOf(target, read);
  const outcomes = await Promise.all(pods.map((pod) => askPod(pod, target)));
  for (const { text: line } of outcomes) console.log(line);
  return outcomes.every(({ ok }) => ok) ? 0 : 1;
}

function podsOf({ workload, namespace }: Target, read: ReadCluster): Pod[] {
  const running = ['-l', `app=${workload}`, '--field-selector=status.phase=Running'];
  const { items } = read(['get', 'pods', ...running, '-o', 'json', '-n', namespace]) as PodList;
  const pods = items.flatMap(({ metadata, spec }) => {
    const ports = spec.containers.flatMap((container) => container.ports ?? []);
    const port = ports.find(({ name }) => name === 'metrics')?.containerPort;
    return port === undefined ? [] : [{ name: metadata.name, port }];
  });
  if (pods.length === 0) throw new Fault(`No pod of ${workload} that has a port named metrics is running`);
  return pods;
}

async function askPod({ name, port }: Pod, target: Target): Promise<{ ok: boolean; text: string }> {
  const args = ['port-forward', `pod/${name}`, `:${port}`, '-n', target.namespace];
  console.error(`$ kubectl ${args.join(' ')}`);
  const child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  try {
    const { ok, text: said } = await ask(await localPort(child), target);
    return { ok, text: `${name}: ${said}` };
  } catch (error) {
    return { ok: false, text: `${name}: ${(error as Error).message}` };
  } finally {
    child.kill();
    await ended;
  }
}

async function localPort({ stdout, stderr }: ChildProcess): Promise<number> {
  if (!stdout || !stderr) throw new Error('kubectl has no output');
  const complaint = text(stderr);
  const signal = AbortSignal.timeout(FORWARDED_TIMEOUT_MS);
  for await (const line of createInterface({ input: stdout, signal })) {
    const port = FORWARDED.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  if (signal.aborted) throw new Error(`kubectl forwarded nothing in ${FORWARDED_TIMEOUT_MS / 1000} s`);
  throw new Error((await complaint).trim().split('\n').at(-1));
}

async function ask(port: number, { level, seconds }: Target): Promise<{ ok: boolean; text: string }> {
  const body = JSON.stringify({ level, ...(seconds !== undefined && { seconds: Number(seconds) }) });
  const response = await fetch(`http://127.0.0.1:${port}/log-level`, {
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    ...(level !== undefined && { method: 'PUT', body }),
  });
  const answer = (await response.json()) as Answer;
  if (response.ok)
    return {
      ok: true,
      text: answer.until === undefined ? answer.level : `${answer.level} until ${answer.until}`,
    };
  const faults = (answer.errors ?? []).map(({ pointer, detail }) => `${pointer} ${detail}`);
  return { ok: false, text: `${response.status} ${[answer.detail, ...faults].join('; ')}` };
}
