import { freePort, waitFor } from '@kubernest/testing';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Probe, type ProbeResult } from './probe';

let status: number;
let port: number;
let server: Server;
let probe: Probe;
let results: ProbeResult[];

beforeEach(async () => {
  status = 200;
  results = [];
  port = await freePort();
  server = createServer((_request, response) => response.writeHead(status).end());
  await once(server.listen(port, '127.0.0.1'), 'listening');
});
afterEach(() => {
  probe.stop();
  server.closeAllConnections();
  server.close();
});

function start(settings: { successThreshold?: number; timeoutMs?: number } = {}, initially = false): void {
  const all = { path: '/', initialDelayMs: 0, periodMs: 5, timeoutMs: 2_000, failureThreshold: 3 };
  const whole = { ...all, successThreshold: 1, ...settings };
  probe = new Probe(whole, port, initially, (result) => results.push(result)).start();
}

const until = (message: string, condition: () => boolean) =>
  waitFor(condition, { timeoutMs: 10_000, message });
const isHealthy = () => results.at(-1)?.healthy;

it('turns unhealthy only after failureThreshold failures in a row', async () => {
  start();
  await until('a success', () => isHealthy() === true);
  status = 503;
  await until('ill health', () => isHealthy() === false);
  const failures = results.slice(results.findIndex(({ succeeded }) => !succeeded));
  expect(failures.slice(0, 3).map(({ healthy }) => healthy)).toEqual([true, true, false]);
});

it('turns healthy only after successThreshold successes in a row', async () => {
  start({ successThreshold: 2 });
  await until('health', () => isHealthy() === true);
  expect(results.slice(0, 2).map(({ healthy }) => healthy)).toEqual([false, true]);
});

it('fails without a connection and without an answer in time', async () => {
  server.close();
  start({}, true);
  await until('a refused probe', () => results.length > 0);
  expect(results[0]).toEqual({ succeeded: false, healthy: true });
  probe.stop();
  results = [];
  server = createServer(() => undefined);
  await once(server.listen(port, '127.0.0.1'), 'listening');
  start({ timeoutMs: 50 }, true);
  await until('a probe to time out', () => results.length > 0);
  expect(results[0]).toEqual({ succeeded: false, healthy: true });
});
