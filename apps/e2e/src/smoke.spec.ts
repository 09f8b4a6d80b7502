import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { type Environment, freshEnvironment } from './support/environment';
import { killRunning, RunningApp } from './support/running-app';
import { smokeSuite } from './support/smoke-suite';

let environment: Environment;
let serving: RunningApp;
let balancer: Server;
let url: string;

const startApi = async () =>
  (await RunningApp.start('api', { ...environment.env, SHUTDOWN_DRAIN_MS: '1000' })).ready();

beforeAll(async () => {
  environment = await freshEnvironment();
  serving = await startApi();
  // As a Service does it: a new connection goes to who is ready, one that is open stays where it is.
  balancer = createServer((client) => {
    const pod = connect(serving.port, '127.0.0.1');
    client.pipe(pod).pipe(client);
    client.on('error', () => pod.destroy());
    pod.on('error', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(balancer, 'listening');
  url = `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`;
});

afterAll(async () => {
  balancer.close();
  await killRunning();
  await environment.close();
});

async function restart(): Promise<void> {
  const before = serving;
  serving = await startApi();
  expect(await before.stop()).toBe(0);
}

describe('what runs against any cluster, here against an API behind a balancer of its own', () => {
  smokeSuite(() => ({ url, restart }), { withRestart: true });
});
