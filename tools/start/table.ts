import type { AppProcess } from './app-process';
import { features } from './local-feature';
import type { Servers } from './servers';
import { LOCAL_PASSWORD, type Variables } from './settings';

/** What runs where, what to try, and how to stop. */
export function table(apps: AppProcess[], { env, joined }: Servers, settings: Variables): string {
  const rows = [
    ...apps.flatMap((app) => rowsOf(app, settings)),
    ['Postgres', shown(env.DATABASE_URL, settings['DATABASE_URL'])],
    ['Redis', shown(env.REDIS_URL, settings['REDIS_URL'])],
    ...(joined ? [['', `of the npm start that is process ${joined}`]] : []),
  ];
  const api = apps.find(({ name }) => name === 'api');
  const lines = [
    ...rows.map(([what = '', where = '']) => `  ${what.padEnd(16)}${where}`),
    '',
    ...(api ? features.map(({ toTry }) => `  ${'Try'.padEnd(16)}${toTry(api.url)}`) : []),
    `  ${'Stop'.padEnd(16)}Ctrl-C; the data stays in .local/data`,
  ];
  return `\n${lines.join('\n')}\n`;
}

function rowsOf(app: AppProcess, settings: Variables): string[][] {
  return [
    ...(app.hasPage
      ? [
          [app.name, app.url],
          ['  OpenAPI page', `${app.url}/docs`],
        ]
      : [[app.name, `${app.url}/health/ready`]]),
    ...(app.queuePageUrl
      ? [['  queue page', `${app.queuePageUrl} (operator, ${passwordIn(settings)})`]]
      : []),
    ['  metrics', app.metricsUrl],
  ];
}

function passwordIn(settings: Variables): string {
  const given = settings['QUEUE_PAGE_PASSWORD'] || settings['QUEUE_PAGE_PASSWORD_FILE'];
  return given ? 'your QUEUE_PAGE_PASSWORD' : LOCAL_PASSWORD;
}

/** The password of an embedded server is nobody's secret; that of one that the developer named may be. */
function shown(url: string, given: string | undefined): string {
  if (given === undefined) return url;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
