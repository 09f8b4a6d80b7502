import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { processes } from './process-tree';
import { workspace } from './workspace';

export interface ServerOwner {
  serverPid: number;
  /** SIGKILL: the owner cannot clean up. */
  kill(): Promise<void>;
  /** Also kills the process that ends the server when its owner is gone. */
  killWithGuard(): Promise<void>;
}

/** Another process that starts a server on `folder` and lives until it is killed. */
export async function startOwner(kind: 'postgres' | 'redis', folder: string): Promise<ServerOwner> {
  const start =
    kind === 'postgres'
      ? 'startPostgres({ dataDir: folder, durable: false })'
      : 'startRedis({ dir: folder })';
  const script = `
    const { startPostgres, startRedis } = require('./libs/testing/src/index.ts');
    const folder = ${JSON.stringify(folder)};
    ${start}.then(({ pid }) => process.stdout.write(String(pid)));
    process.stdin.resume().on('end', () => process.exit());`;
  const args = ['--import', 'tsx', '--input-type', 'commonjs', '--eval', script];
  const child = spawn(process.execPath, args, { cwd: workspace, stdio: ['pipe', 'pipe', 'inherit'] });
  const [output] = (await once(child.stdout, 'data')) as [Buffer];
  const exited = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  const killWithGuard = () => {
    const guards = processes().filter(
      ({ parent, command }) => parent === child.pid && command.startsWith('sh -c read'),
    );
    for (const { pid } of guards) process.kill(pid, 'SIGKILL');
    return kill();
  };
  return { serverPid: Number(output), kill, killWithGuard };
}
