import { scratchFolder, TestDatabase, testDatabase, waitFor } from '@kubernest/testing';
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Client } from 'pg';
import { schema } from './schema';

let bundle: string;
let test: TestDatabase;
let observer: Client;

beforeAll(async () => {
  bundle = join(scratchFolder(), 'migrate.cjs');
  const entryPoints = [join(__dirname, 'main.ts')];
  await build({ entryPoints, outfile: bundle, bundle: true, platform: 'node', packages: 'external' });
  test = await testDatabase();
  observer = new Client({ connectionString: test.url });
  await observer.connect();
});

afterAll(async () => {
  await observer.end();
  await test.drop();
});

interface Run {
  stop: (signal: NodeJS.Signals) => void;
  output: () => string;
  exit: Promise<number | null>;
}

function start(settings: Record<string, string>): Run {
  const { PATH = '' } = process.env;
  const env = { PATH, NODE_ENV: 'test', LOG_FORMAT: 'json', ...settings };
  const child = spawn(process.execPath, [bundle], { env });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (output += text.toString()));
  const exit = new Promise<number | null>((done) => child.once('close', done));
  return { stop: (signal) => child.kill(signal), output: () => output, exit };
}

it('applies what is missing, then finds nothing more to do', async () => {
  const first = start({ DATABASE_URL: test.url });
  await expect(first.exit).resolves.toBe(0);
  const migrations = schema.flatMap((feature) => feature.migrations);
  expect(first.output()).toContain(`"msg":"${migrations.length > 0 ? 'applied' : 'nothing to apply'}`);
  const second = start({ DATABASE_URL: test.url });
  await expect(second.exit).resolves.toBe(0);
  expect(second.output()).toContain('"msg":"nothing to apply"');
});

it('ends with 1 and one line without a secret when Postgres is away', async () => {
  const run = start({ DATABASE_URL: 'postgres://app:hush-hush@127.0.0.1:1/app' });
  await expect(run.exit).resolves.toBe(1);
  expect(run.output().trim().split('\n')).toEqual([
    expect.stringContaining('postgres is not available (ECONNREFUSED)'),
  ]);
  expect(run.output()).not.toContain('hush-hush');
});

it('ends with 78 when it is not configured, and names what is missing', async () => {
  const run = start({});
  await expect(run.exit).resolves.toBe(78);
  expect(run.output()).toContain('DATABASE_URL is required');
});

it('ends with 1 at SIGTERM while it waits for another process', async () => {
  await observer.query('SELECT pg_advisory_lock(1121025181)');
  const run = start({ DATABASE_URL: test.url });
  await waitFor(() => run.output().includes('waiting for another process that is migrating'), {
    timeoutMs: 15_000,
    message: 'the wait for the lock',
  });
  run.stop('SIGTERM');
  await expect(run.exit).resolves.toBe(1);
  expect(run.output()).toContain('stopped by SIGTERM');
  await observer.query('SELECT pg_advisory_unlock_all()');
});
