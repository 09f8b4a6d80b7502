import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { freePort, portIsFree } from './free-port';
import { testFolder } from './workspace';

afterEach(() => jest.restoreAllMocks());

/** Which ports are tried, in this order: the share of the range that lies below each. */
function draw(...shares: number[]): void {
  const random = jest.spyOn(Math, 'random');
  for (const share of shares) random.mockReturnValueOnce(share);
}

it('never gives a port to two callers', async () => {
  draw(0.5, 0.5, 0.6);
  const [first, second] = [await freePort(), await freePort()];
  expect(first).not.toBe(second);
});

it.each([
  ['leaves a port to the living process that has it', process.ppid, [0.7, 0.71], 0.71],
  ['takes a port over from a process that is gone', 2 ** 30, [0.8, 0.81], 0.8],
])('%s', async (_, owner, shares, expectedShare) => {
  draw(...shares);
  const port = await freePort();
  writeFileSync(join(testFolder, 'ports', String(port)), String(owner));
  jest.restoreAllMocks();
  draw(...shares);
  expect(await freePort()).toBe(20_000 + Math.floor(expectedShare * 12_000));
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
