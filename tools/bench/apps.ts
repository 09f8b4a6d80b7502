import { freePort, requiredSettings } from '@kubernest/testing';
import { join, resolve } from 'node:path';
import { asked } from './asked';
import { firstAnswerMs } from './first-answer';
import { Program } from './program';
import type { Run } from './run';

export type AppName = 'api' | 'worker' | 'migrate';

export interface RunningServer {
  program: Program;
  url: string;
  /** From its exec to its first 200. */
  firstAnswerMs: number;
}

const workspace = resolve(import.meta.dirname, '../..');
const READY_TIMEOUT_MS = 30_000;
let logs = 0;

/** A built app as production runs it, but for its addresses; on a database of the run. */
export async function startApp(
  run: Run,
  app: AppName,
  database: string,
  { args = [], env = {} }: { args?: string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<Program> {
  const { databases, redisUrl } = await run.servers();
  const options = {
    args: [join(workspace, 'dist/apps', app, 'main.js'), ...args],
    env: {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      METRICS_PORT: String(await freePort()),
      DATABASE_URL: databases.url(database),
      REDIS_URL: redisUrl,
      REDIS_KEY_PREFIX: database,
      ...requiredSettings(),
      ...asked.settings,
      SHUTDOWN_DRAIN_MS: '0',
      ...env,
    },
    logFile: join(run.folder, `${app}-${++logs}.log`),
  };
  return run.started.start(() => Program.start(options));
}

/** @throws Error with its output when it does not answer */
export async function startApi(
  run: Run,
  database: string,
  env: NodeJS.ProcessEnv = {},
): Promise<RunningServer> {
  const port = await freePort();
  const program = await startApp(run, 'api', database, { env: { PORT: String(port), ...env } });
  const answeredMs = await firstAnswerMs(program, port, '/health/live');
  return { program, url: `http://127.0.0.1:${port}`, firstAnswerMs: answeredMs };
}

export async function whenReady({ program, url }: RunningServer): Promise<void> {
  const ready = async () => (await fetch(`${url}/health/ready`)).ok;
  await program.until('the API to be ready', READY_TIMEOUT_MS, ready);
}

/** A fresh database with the tables of this build. */
export async function createMigrated(run: Run, database: string): Promise<void> {
  const { databases } = await run.servers();
  await databases.create(database);
  const program = await startApp(run, 'migrate', database);
  if ((await program.exit()) !== 0) throw new Error(`The migration failed:\n${program.output}`);
}

/** Fastify with nothing around it. With `answer`, a route that answers with what one GET in Redis finds under that key. */
export async function startBareFastify(
  run: Run,
  answer?: { path: string; key: string },
): Promise<RunningServer> {
  const redis = answer && {
    REDIS_URL: (await run.servers()).redisUrl,
    REDIS_KEY: answer.key,
    REDIS_PATH: answer.path,
  };
  return startScript(run, 'bare-fastify', { ...redis });
}

/** Takes traces (OTLP), and answers a GET with how many batches have come. */
export function startCollector(run: Run): Promise<RunningServer> {
  return startScript(run, 'collector');
}

/** One of this folder, which answers a GET on PORT with 200. */
async function startScript(run: Run, name: string, env: NodeJS.ProcessEnv = {}): Promise<RunningServer> {
  const port = await freePort();
  const options = {
    args: [join(import.meta.dirname, `${name}.mjs`)],
    env: { NODE_ENV: 'production', PORT: String(port), ...env },
    logFile: join(run.folder, `${name}-${++logs}.log`),
  };
  const program = await run.started.start(() => Program.start(options));
  const answeredMs = await firstAnswerMs(program, port, '/health/live');
  return { program, url: `http://127.0.0.1:${port}`, firstAnswerMs: answeredMs };
}
