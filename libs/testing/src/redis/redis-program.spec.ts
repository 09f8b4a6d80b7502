import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedis } from './redis-program';

const { PATH } = process.env;
let bin: string;

beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'bin-'));
  process.env['PATH'] = bin;
});

afterEach(() => {
  process.env['PATH'] = PATH;
  rmSync(bin, { recursive: true });
});

function program(name: string, script = 'exit 0'): string {
  const file = join(bin, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

const place = { dir: '/data', port: 6379, persistent: false };

it.each(['redis-server', 'valkey-server'])('takes %s from the PATH', async (name) => {
  const file = program(name);
  const redis = await findRedis(() => undefined);
  expect(redis.command(place).file).toBe(file);
});

it('says in one line what to type when there is no way to have Redis', async () => {
  const error: unknown = await findRedis(() => undefined).catch((reason: unknown) => reason);
  expect(String(error)).toMatch(
    /^Error: No Redis: install redis-server .* or set REDIS_URL to a running one\.$/,
  );
});

it('goes on to the next way when one fails, and names each failure', async () => {
  program('brew', 'echo no network; exit 1');
  program('docker', 'echo no engine; exit 1');
  await expect(findRedis(() => undefined)).rejects.toThrow(
    /brew failed with code 1: no network\. docker failed.*no engine/,
  );
});

it('runs a container that only this machine reaches when there is Docker', async () => {
  program('docker');
  const redis = await findRedis(() => undefined);
  const { file, args } = redis.command(place);
  expect([file, ...args].join(' ')).toContain(
    'docker run --rm --init -p 127.0.0.1:6379:6379 -v /data:/data valkey/valkey:8-alpine',
  );
});
