import 'reflect-metadata';
import { generatorsPage } from '../generators/figures';
import { snapshots } from '../manifests/snapshots';
import { Fault } from '../start/fault';
import { metricsPage } from './metrics-page';
import { generatedFiles, staleFiles, write } from './generated-files';

const usage = `npm run generate              writes .env.example, pages of docs, the dashboards and deploy/snapshots from the code
npm run generate -- --check   only names what is stale, and exits with 1
npm run generate -- --help    this text`;

async function main(args: string[]): Promise<void> {
  const [option, ...rest] = args;
  if (option === '--help' || option === '-h') {
    console.log(usage);
    return;
  }
  if (rest.length > 0 || (option !== undefined && option !== '--check'))
    throw new Fault(`There is no option ${args.join(' ')}: see npm run generate -- --help`);
  const files: Record<string, string> = {
    ...generatedFiles(),
    'docs/generators.md': await generatorsPage(),
    'docs/metrics.md': await metricsPage(),
    ...(await snapshots()),
  };
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
