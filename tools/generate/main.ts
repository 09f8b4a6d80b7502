import 'reflect-metadata';
import { snapshots } from '../manifests/snapshots';
import { Fault } from '../start/fault';
import { generatedFiles, staleFiles, write } from './generated-files';

/** `npm run generate` writes what is stale; with `--check` it only names it and exits with 1. */
async function main(args: string[]): Promise<void> {
  const [option, ...rest] = args;
  if (rest.length > 0 || (option !== undefined && option !== '--check')) {
    console.error('Usage: npm run generate [-- --check]');
    process.exitCode = 1;
    return;
  }
  const files = { ...generatedFiles(), ...(await snapshots()) };
  const stale = staleFiles(files);
  if (option === '--check') {
    for (const path of stale) console.error(`${path} is stale: run npm run generate`);
    if (stale.length > 0) process.exitCode = 1;
    return;
  }
  for (const path of stale) {
    write(path, files[path] ?? '');
    console.log(`Wrote ${path}`);
  }
  if (stale.length === 0) console.log('Nothing to write: everything is up to date.');
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Fault ? error.message : error);
  process.exitCode = 1;
});
