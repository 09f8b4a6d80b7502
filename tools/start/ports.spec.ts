import { freePort } from '@kubernest/testing';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { assertPortsFree } from './ports';

let server: Server;
afterEach(() => new Promise((resolve) => server.close(resolve)));

const wanted = (port: number) => [{ port, purpose: 'the api', variable: 'PORT' }];

test.each(['127.0.0.1', '0.0.0.0', '::'])(
  'a port that is taken on %s is refused in one line that names its holder and the variable',
  async (host) => {
    server = createServer().listen({ port: await freePort(), host });
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const fault = await assertPortsFree(wanted(port)).catch((error: unknown) => error);
    expect(fault).toMatchObject({
      name: 'Fault',
      message: expect.stringMatching(new RegExp(`^Port ${port}, for the api, is taken.*set PORT`)) as string,
    });
    if (process.platform === 'linux')
      expect((fault as Error).message).toContain(`by process ${process.pid} (`);
  },
);

test('a port that is free is not refused', async () => {
  server = createServer();
  await expect(assertPortsFree(wanted(await freePort()))).resolves.toBeUndefined();
});
