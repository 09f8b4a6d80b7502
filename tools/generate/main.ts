import 'reflect-metadata';
import { generatedFiles, staleFiles, write } from './generated-files';

/** `npm run generate` writes what is stale; with `--check` it only names it and exits with 1. */
function main(args: string[]): void {
  const [option, ...rest] = args;
  if (rest.length > 0 || (option !== undefined && option !== '--check')) {
    console.error('Usage: npm run generate [-- --check]');
    process.exitCode = 1;
    return;
  }
  const files = generatedFiles();
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

main(process.argv.slice(2));
