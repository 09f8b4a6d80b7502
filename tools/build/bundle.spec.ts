import { scratchFolder } from '@kubernest/testing';
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundle, bundleEntry } from './bundle';

const run = promisify(execFile);
const scratch = scratchFolder();
const built = join(scratch, 'built');
const movedFolder = join(scratch, 'elsewhere', 'app');
const preload = join(import.meta.dirname, 'report-code-cache.fixture.cjs');

interface Said {
  greeting: string;
  classNames: string[];
  stack: string;
}

// An ordinary user could not remove what is in it otherwise.
afterAll(() => chmodSync(movedFolder, 0o755));
beforeAll(() => bundleEntry('tools/build/greeter.fixture.ts', built), 60_000);

/** Without this clone's environment, in a folder from which no node_modules is found. */
async function runArtefact(folder: string): Promise<{ said: Said; codeCache: string }> {
  const { stdout, stderr } = await run(process.execPath, ['--require', preload, join(folder, 'main.js')], {
    cwd: '/',
    env: {},
  });
  return { said: JSON.parse(stdout) as Said, codeCache: stderr };
}

/** A copy at another place, to which nobody may write, as in an image. */
function move(): void {
  cpSync(built, movedFolder, { recursive: true });
  for (const file of readdirSync(movedFolder)) chmodSync(join(movedFolder, file), 0o444);
  chmodSync(movedFolder, 0o555);
}

function contentsOf(folder: string): string[] {
  return readdirSync(folder).map((name) => `${name} ${statSync(join(folder, name)).mtimeMs}`);
}

describe('an artefact', () => {
  test('injects by the types of constructor parameters', async () => {
    expect((await runArtefact(built)).said.greeting).toBe('Hello in 2026');
  });

  test('keeps the names of classes, also of two that are called the same', async () => {
    const { classNames } = (await runArtefact(built)).said;
    expect(classNames).toEqual(['GreeterModule', 'Greeter', 'NamedAlike', 'NamedAlike']);
  });

  test('names our own files and lines in stack traces', async () => {
    const source = readFileSync(join(import.meta.dirname, 'greeter.fixture.ts'), 'utf8').split('\n');
    const line = source.findIndex((text) => text.includes('where am I?')) + 1;
    const { stack } = (await runArtefact(built)).said;
    expect(stack).toContain(`at main (tools/build/greeter.fixture.ts:${line}:`);
  });

  test('runs from the code cache of its build at another place, read-only, and writes nothing', async () => {
    move();
    const before = contentsOf(movedFolder);
    const { said, codeCache } = await runArtefact(movedFolder);
    expect(said.greeting).toBe('Hello in 2026');
    expect(codeCache).toBe('libraries.js: used\napp.js: used\n');
    expect(contentsOf(movedFolder)).toEqual(before);
  });

  test('runs without a code cache, and with one that does not fit', async () => {
    const folder = join(scratch, 'no-cache');
    cpSync(built, folder, { recursive: true });
    rmSync(join(folder, 'app.js.cache'));
    writeFileSync(join(folder, 'libraries.js.cache'), 'of another Node');
    const { said, codeCache } = await runArtefact(folder);
    expect(said.greeting).toBe('Hello in 2026');
    expect(codeCache).toBe('libraries.js: refused\napp.js: none\n');
  });

  test('runs on the oldest Node that is supported, which cannot give memory back', async () => {
    const oldNode = join(scratch, 'old-node.cjs');
    writeFileSync(oldNode, 'delete ArrayBuffer.prototype.transfer;');
    const { stdout } = await run(process.execPath, ['--require', oldNode, join(built, 'main.js')], {
      env: {},
    });
    expect((JSON.parse(stdout) as Said).greeting).toBe('Hello in 2026');
  });

  test('is built of an app that exists only, and says which does not', async () => {
    await expect(bundle('nothing')).rejects.toThrow('There is no app nothing: apps/nothing/src/main.ts');
  });
});
