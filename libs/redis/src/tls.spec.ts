import { scratchFolder, testRedis } from '@kubernest/testing';
import { build } from 'esbuild';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { AddressInfo, connect, Socket } from 'node:net';
import { join } from 'node:path';
import { createServer, Server } from 'node:tls';
import { promisify } from 'node:util';
import { selfSigned } from './self-signed.fixture';

let folder: string;
let bundle: string;
let server: Server;
let url: string;

/** TLS in front of the run's Redis. */
beforeAll(async () => {
  folder = scratchFolder();
  bundle = join(folder, 'client.cjs');
  const entryPoints = [join(__dirname, 'tls-client.fixture.ts')];
  await build({ entryPoints, outfile: bundle, bundle: true, platform: 'node', packages: 'external' });
  const certificate = selfSigned();
  writeFileSync(join(folder, 'ca.pem'), certificate.cert);
  const plain = new URL(testRedis().url);
  server = createServer(certificate, (client) => {
    const redis: Socket = connect(Number(plain.port), plain.hostname);
    client.on('error', () => redis.destroy());
    redis.on('error', () => client.destroy());
    client.pipe(redis).pipe(client);
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `rediss://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.close();
  await once(server, 'close');
});

async function ask(settings: Record<string, string>): Promise<string> {
  const env = { ...process.env, REDIS_URL: url, REDIS_COMMAND_TIMEOUT_MS: '2000', ...settings };
  const { stdout } = await promisify(execFile)(process.execPath, [bundle], { env });
  // Nest's logger writes to the same place.
  return stdout.split('\n').at(-1) ?? '';
}

it('a rediss:// URL is spoken to with TLS', async () => {
  await expect(ask({ NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') })).resolves.toBe('PONG');
});

it('a certificate that nobody vouches for is refused', async () => {
  await expect(ask({ NODE_EXTRA_CA_CERTS: '' })).resolves.toMatch(/self-signed certificate/);
});
