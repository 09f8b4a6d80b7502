import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { freePort, portIsFree } from './free-port';
import { testFolder } from './workspace';

it('gives parallel callers different ports', async () => {
  const ports = await Promise.all(Array.from({ length: 100 }, () => freePort()));
  expect(new Set(ports).size).toBe(100);
});

it('keeps a port from the other processes of this clone', async () => {
  const port = await freePort();
  expect(readFileSync(join(testFolder, 'ports', String(port)), 'utf8')).toBe(String(process.pid));
});

it('stays below the ports that the system gives to outgoing connections', async () => {
  expect(await freePort()).toBeLessThan(32_768);
});

it('sees that a port is taken, and that it is free again', async () => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await expect(portIsFree(port)).resolves.toBe(false);
  await new Promise((resolve) => server.close(resolve));
  await expect(portIsFree(port)).resolves.toBe(true);
});
