import { buildSync } from 'esbuild';
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const WORKSPACE = resolve(__dirname, '../../..');
export const testFolder = join(WORKSPACE, '.local/test');

let program: string | undefined;

/** The fixture service as one JavaScript file, which starts in half the time that compiling it in each process takes. */
export function fixtureProgram(): string {
  program ??= build(join(testFolder, `lifecycle-fixture-${process.pid}.cjs`));
  return program;
}

function build(outfile: string): string {
  mkdirSync(testFolder, { recursive: true });
  buildSync({
    entryPoints: [join(__dirname, 'main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    packages: 'external',
    tsconfig: join(__dirname, '../tsconfig.json'),
    logLevel: 'error',
  });
  process.once('exit', () => rmSync(outfile, { force: true }));
  return outfile;
}
