import {
  Link,
  RunningServer,
  scratchFolder,
  freePort,
  startOwnPostgres,
  startRedis,
  waitFor,
  requiredSettings,
} from '@kubernest/testing';
import { join } from 'node:path';
import { Client } from 'pg';
import { RunningApp } from '../support/running-app';
import { LONG } from './length';

/** Small, so that it is soon reached. */
const MAX_CONNECTIONS = 24;
export const POOL_MAX = 4;
/** The product's own are 5 s and 3 s: the short form has no time to wait for those. */
const TIMEOUTS = LONG ? { statementMs: 5_000, connectMs: 3_000 } : { statementMs: 1_500, connectMs: 1_500 };
/** A wait for a connection, one statement without an answer, three commands of Redis without one; and a busy machine. */
export const BOUND_MS = TIMEOUTS.connectMs + TIMEOUTS.statementMs + 1_000 + 3 * 250 + 2_000;

export interface StageOptions {
  /** Connections go through `postgresLink` and `redisLink`. */
  links?: boolean;
  /** Further settings of the apps. */
  env?: NodeJS.ProcessEnv;
}

/** An api and a worker, as built, with a Postgres and a Redis that nobody else uses. */
export class Stage {
  postgres!: RunningServer;
  redis!: RunningServer;
  postgresLink!: Link;
  redisLink!: Link;
  api!: RunningApp;
  worker!: RunningApp;
  private readonly folder = scratchFolder();
  private readonly secrets = requiredSettings();
  private readonly extra: { stop(): Promise<unknown> }[] = [];

  private constructor(readonly options: StageOptions) {}

  static async open(options: StageOptions = {}): Promise<Stage> {
    const stage = new Stage(options);
    stage.postgres = await stage.startPostgres();
    stage.redis = await stage.startRedis();
    if (options.links) {
      stage.postgresLink = await Link.to(stage.postgres.url);
      stage.redisLink = await Link.to(stage.redis.url);
    }
    await stage.migrate();
    return stage;
  }

  /** With nothing but the ports on which the servers will be. */
  static async empty(): Promise<Stage> {
    const stage = new Stage({});
    // Once, for the password of the data folder and the schema.
    stage.postgres = await stage.startPostgres();
    await stage.migrate();
    await stage.postgres.stop();
    stage.redis = { url: '', pid: 0, port: await freePort(), stop: () => Promise.resolve() };
    stage.redis.url = `redis://127.0.0.1:${stage.redis.port}`;
    return stage;
  }

  async startPostgres(): Promise<RunningServer> {
    const dataDir = join(this.folder, 'postgres');
    const port = (this.postgres as RunningServer | undefined)?.port;
    const settings = { max_connections: MAX_CONNECTIONS };
    this.postgres = await startOwnPostgres({ dataDir, settings, ...(port && { port }) });
    return this.postgres;
  }

  /** Empty, also the second time. */
  async startRedis(): Promise<RunningServer> {
    const port = (this.redis as RunningServer | undefined)?.port;
    this.redis = await startRedis({ dir: join(this.folder, 'redis'), ...(port && { port }) });
    return this.redis;
  }

  async startAnotherRedis(): Promise<RunningServer> {
    return startRedis({ dir: join(this.folder, 'another-redis') });
  }

  /** A server that had its part in a fault. */
  alsoStop(server: RunningServer): void {
    this.extra.push(server);
  }

  async startApps(): Promise<void> {
    [this.api, this.worker] = await Promise.all([this.start('api'), this.start('worker')]);
  }

  async start(name: 'api' | 'worker', env: NodeJS.ProcessEnv = {}): Promise<RunningApp> {
    return RunningApp.start(name, { ...this.env(), ...this.options.env, ...env });
  }

  /** Straight to the database, past the apps, on a connection of its own. */
  async sql<Row>(text: string, parameters: unknown[] = []): Promise<Row[]> {
    const client = await this.connect();
    return client.query(text, parameters).then(
      ({ rows }) => client.end().then(() => rows as Row[]),
      (error: unknown) => client.end().then(() => Promise.reject(error as Error)),
    );
  }

  async connect(): Promise<Client> {
    const connectionString = this.postgres.url;
    const client = new Client({ connectionString, application_name: 'test', connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async close(): Promise<void> {
    const apps = [this.api, this.worker] as (RunningApp | undefined)[];
    await Promise.all(apps.map(async (app) => app?.stop('SIGKILL')));
    for (const link of [this.postgresLink, this.redisLink] as (Link | undefined)[]) link?.close();
    await Promise.all([this.postgres, this.redis, ...this.extra].map((server) => server.stop()));
  }

  private env(): NodeJS.ProcessEnv {
    return {
      DATABASE_URL: this.options.links ? this.postgresLink.url : this.postgres.url,
      REDIS_URL: this.options.links ? this.redisLink.url : this.redis.url,
      ...this.secrets,
      DATABASE_POOL_MAX: String(POOL_MAX),
      DATABASE_STATEMENT_TIMEOUT_MS: String(TIMEOUTS.statementMs),
      DATABASE_CONNECT_TIMEOUT_MS: String(TIMEOUTS.connectMs),
      SESSION_CLEANUP_SCHEDULE: '* * * * * *',
    };
  }

  private async migrate(): Promise<void> {
    const migrated = await RunningApp.start('migrate', { DATABASE_URL: this.postgres.url });
    if ((await migrated.exit()) !== 0) throw new Error(`the migration failed:\n${migrated.output}`);
    await waitFor(() => this.sql('SELECT FROM session'), { timeoutMs: 5_000, message: 'the schema' });
  }
}
