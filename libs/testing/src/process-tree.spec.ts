import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { processStart } from './process-alive';
import { endProcessTree } from './process-tree';

const SLEEPER = 'setInterval(() => {}, 1000)';
const DEAF_SLEEPER = `process.on('SIGTERM', () => {}); process.stdout.write('ready\\n'); ${SLEEPER}`;

/** A process that starts another one, in a session of its own, and prints the other's id. */
async function startPair(): Promise<{ parent: ChildProcess; child: number }> {
  const script = `
    const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(SLEEPER)}], { detached: true });
    console.log(child.pid);
    ${SLEEPER}`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output] = (await once(parent.stdout, 'data')) as [Buffer];
  return { parent, child: Number(output) };
}

it('ends a process and what it has started in a session of its own', async () => {
  const { parent, child } = await startPair();
  await endProcessTree(parent.pid ?? 0, { graceMs: 5_000 });
  expect(processStart(parent.pid ?? 0)).toBeUndefined();
  expect(processStart(child)).toBeUndefined();
});

it('kills a process that does not listen', async () => {
  const deaf = spawn(process.execPath, ['-e', DEAF_SLEEPER], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(deaf.stdout, 'data');
  const exited = once(deaf, 'exit');
  await endProcessTree(deaf.pid ?? 0, { graceMs: 300 }).finally(() => deaf.kill('SIGKILL'));
  await expect(exited).resolves.toEqual([null, 'SIGKILL']);
});
