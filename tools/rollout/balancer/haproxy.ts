import { freePort, waitFor } from '@kubernest/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { guardAgainstOrphan } from '../../start/orphan-guard';
import type { Endpoint } from '../cluster/endpoints';
import type { Balancer } from './balancer';

/** Pods that one run may have; each has a slot of its own, by its number. */
const SLOTS = 300;
const START_TIMEOUT_MS = 10_000;
const COMMAND_TIMEOUT_MS = 5_000;

/** Debian puts it where only root looks. */
export function findHaproxy(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, 'haproxy')).find((file) => existsSync(file));
}

/**
 * Like an ingress controller: layer 7, connections of its own to the pods, kept alive and shared; servers come and go by the runtime
 * API. It tries nothing twice, since that would hide what was lost.
 */
export async function startHaproxy(folder: string): Promise<Balancer> {
  const program = findHaproxy();
  if (program === undefined) throw new Error('There is no haproxy on the PATH: apt-get install haproxy');
  const port = await freePort();
  // Not a socket file: the path of a clone may be longer than those can have.
  const api = await freePort();
  const config = join(folder, 'haproxy.cfg');
  const logFile = join(folder, 'haproxy.log');
  writeFileSync(config, configuration(port, api));
  const log = openSync(logFile, 'w');
  const child = spawn(program, ['-db', '-f', config], { stdio: ['ignore', log, log] });
  closeSync(log);
  guardAgainstOrphan(child);
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  try {
    await waitFor(() => child.exitCode !== null || accepts(api), {
      timeoutMs: START_TIMEOUT_MS,
      message: 'haproxy to start',
    });
    if (child.exitCode !== null) throw new Error(`haproxy has ended:\n${readFileSync(logFile, 'utf8')}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, use: runtime(api), stop };
}

function configuration(port: number, api: number): string {
  return `global
  stats socket ipv4@127.0.0.1:${api} level admin
  maxconn 4000
defaults
  mode http
  option http-keep-alive
  option forwardfor
  retries 0
  timeout connect 5s
  timeout client 75s
  timeout server 75s
  timeout http-keep-alive 75s
frontend service
  bind 127.0.0.1:${port}
  default_backend pods
backend pods
  balance roundrobin
  http-reuse safe
  server-template pod- 1-${SLOTS} 127.0.0.1:1 disabled
`;
}

/** One change after the other. A server that leaves is drained: it keeps its requests, and gets no new ones. */
function runtime(api: number): (endpoints: Endpoint[]) => void {
  let known = new Map<string, number>();
  let last = Promise.resolve();
  return (endpoints) => {
    const wanted = new Map(endpoints.map(({ name, port }) => [name, port]));
    const commands = [
      ...[...wanted].flatMap(([name, port]) =>
        known.has(name)
          ? []
          : [`set server pods/${name} addr 127.0.0.1 port ${port}`, `set server pods/${name} state ready`],
      ),
      ...[...known.keys()]
        .filter((name) => !wanted.has(name))
        .map((name) => `set server pods/${name} state drain`),
    ];
    known = wanted;
    // One that haproxy does not answer shows as requests that fail.
    last = last.then(() => command(api, commands.join(';'))).catch(() => undefined);
  };
}

function command(api: number, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(api, '127.0.0.1', () => socket.end(`${text}\n`));
    socket.setTimeout(COMMAND_TIMEOUT_MS, () => socket.destroy(new Error('haproxy does not answer')));
    socket
      .resume()
      .once('error', reject)
      .once('close', () => resolve());
  });
}

function accepts(api: number): Promise<boolean> {
  return command(api, 'show version').then(
    () => true,
    () => false,
  );
}
