import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { allApps, services } from './apps';
import { Fault } from './fault';
import { workspace } from './local-files';

export interface StartOptions {
  help: boolean;
  /** Begin with empty databases. */
  fresh: boolean;
  /** Services to serve, as their folders in apps/ are called. */
  apps: string[];
}

export const usage = `npm start                 Postgres, Redis, the api, the worker and every other service, with reload on change
npm start -- api          only these services; what they need, they share with an npm start that is running
npm start -- --fresh      with empty databases: deletes .local/data first
npm start -- --help       this text

Settings come from the shell, then from .env (see .env.example), then from defaults that suit a laptop.
DATABASE_URL and REDIS_URL name servers to use instead of embedded ones. PORT and METRICS_PORT are the api's (3000, 9464);
the worker's are one higher, QUEUE_PAGE_PORT is 3002, further services follow. Ctrl-C stops everything that was started; the data stays in .local/data.`;

/** @throws Fault naming an option or a service that there is not */
export function parseOptions(args: string[]): StartOptions {
  const flags = args.filter((argument) => argument.startsWith('-'));
  const unknown = flags.find((flag) => !['--help', '-h', '--fresh'].includes(flag));
  if (unknown) throw new Fault(`There is no option ${unknown}: see npm start -- --help`);
  const apps = args.filter((argument) => !argument.startsWith('-'));
  const missing = apps.find((app) => !existsSync(join(workspace, 'apps', app, 'src/main.ts')));
  if (missing) throw new Fault(`There is no app ${missing}: there are ${allApps().join(', ')}`);
  return {
    help: flags.includes('--help') || flags.includes('-h'),
    fresh: flags.includes('--fresh'),
    apps: apps.length > 0 ? [...new Set(apps)] : services(),
  };
}
