import { loadConfig } from '@kubernest/config';
import { answerLogLevel, createLogger, telemetryVariables } from '@kubernest/telemetry';
import { scratchFolder } from '@kubernest/testing';
import { Logger } from '@nestjs/common';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { namespaceOf } from '../manifests/overlays';
import { calls, cluster, deploy } from './deploy.fixture';

const production = namespaceOf('prod');
const PODS = ['api-server-1', 'api-server-2', 'api-server-3'];
const pids = scratchFolder();
/** What answers in each pod. */
let server: Server;
beforeAll(async () => {
  await createLogger(loadConfig(telemetryVariables, { LOG_FORMAT: 'json' }), 'pod');
  Logger.overrideLogger(false);
  server = createServer((request, response) => void answerLogLevel(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());
afterEach(() => {
  // Every kubectl that forwards has ended.
  for (const pid of readdirSync(pids)) expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
});

const WAIT = `exec '${process.execPath}' -e 'setInterval(() => undefined, 1000)'`;

/** Forwards to every pod, but to this one. */
function pods(names: string[], broken = 'none'): NodeJS.ProcessEnv {
  const { port } = server.address() as AddressInfo;
  const forwards = `echo 'Forwarding from 127.0.0.1:${port} -> 9464'; echo > "${pids}/$$"; ${WAIT}`;
  const refuses = `echo 'more lines' >&2; echo 'error: pod is not running' >&2; exit 1`;
  return cluster({ pods: names, cases: `*pod/${broken}*) ${refuses};; port-forward*) ${forwards};;` });
}

const logLevel = (options: string[], env: NodeJS.ProcessEnv) =>
  deploy(['log-level', '--overlay=prod', ...options], env);

test('shows the level of each pod of a workload', async () => {
  const { code, stdout, stderr } = await logLevel([], pods(PODS));
  expect({ code, stdout }).toEqual({ code: 0, stdout: PODS.map((pod) => `${pod}: info\n`).join('') });
  expect(stderr).toContain(`Cluster of context laptop, namespace ${production}`);
  expect(calls(stderr)).toEqual(PODS.map((pod) => `port-forward pod/${pod} :9464 -n ${production}`));
});

test('changes it on all of them, for some time', async () => {
  const { code, stdout } = await logLevel(['--level=debug', '--seconds=60'], pods(PODS));
  expect(code).toBe(0);
  const lines = PODS.map((pod) => `${pod}: debug until \\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z\n`);
  expect(stdout).toMatch(new RegExp(`^${lines.join('')}$`));
  expect((await logLevel([], pods(['api-server-1']))).stdout).toMatch(/^api-server-1: debug until /);
  expect((await logLevel(['--level=info'], pods(['api-server-1']))).stdout).toBe('api-server-1: info\n');
});

test('a pod that cannot be reached keeps none of the others from it, and is named', async () => {
  const { code, stdout } = await logLevel(['--level=debug'], pods(PODS, 'api-server-2'));
  expect(code).toBe(1);
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(/^api-server-1: debug until /),
    'api-server-2: error: pod is not running',
    expect.stringMatching(/^api-server-3: debug until /),
    '',
  ]);
});

test.each([
  ['a level that there is not', ['--level=loud'], '/level '],
  ['a time that is none', ['--level=debug', '--seconds=soon'], '/seconds '],
])('%s is refused by the pod, in one line', async (_what, options, fault) => {
  const { code, stdout } = await logLevel(options, pods(['api-server-1']));
  expect({ code, lines: stdout.trimEnd().split('\n').length }).toEqual({ code: 1, lines: 1 });
  expect(stdout).toContain(`api-server-1: 400 Send {"level": "debug", "seconds": 900}`);
  expect(stdout).toContain(fault);
});

test('says so when none runs', async () => {
  const { code, stderr } = await logLevel(['--workload=worker'], pods([]));
  expect(code).toBe(1);
  expect(stderr).toContain('No pod of worker that has a port named metrics is running\n');
});
