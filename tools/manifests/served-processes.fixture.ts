import { TestDatabase, testDatabase, testRedis } from '@kubernest/testing';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Rendered } from './rendered';
import { Overrides, ServedDeployment } from './served-deployment.fixture';

const migrateApp = join(__dirname, '../../dist/apps/migrate/main.js');

/**
 * API and worker as built, each with the environment of its container, on a database of their own. Should one of them fail
 * with MODULE_NOT_FOUND: npx nx run-many -t build
 */
export class ServedProcesses {
  private constructor(
    readonly api: ServedDeployment,
    readonly worker: ServedDeployment,
    private readonly database: TestDatabase | undefined,
  ) {}

  /** Both are ready when this returns. Where a database is set, it stays the caller's. */
  static async start(rendered: Rendered, settings: Overrides = {}): Promise<ServedProcesses> {
    const database = settings['DATABASE_URL'] === undefined ? await testDatabase() : undefined;
    const redis = testRedis();
    const overrides = {
      // The stores of the tests have passwords that production refuses.
      NODE_ENV: 'test',
      ...(database && { DATABASE_URL: database.url }),
      REDIS_URL: redis.url,
      REDIS_KEY_PREFIX: redis.prefix,
      JWT_SECRET: 'of-the-tests-and-of-nobody-else-at-all',
      ...settings,
    };
    execFileSync(process.execPath, [migrateApp], { env: { ...process.env, ...overrides }, stdio: 'pipe' });
    const api = await ServedDeployment.start(rendered, 'api-server', overrides);
    const worker = await ServedDeployment.start(rendered, 'worker', overrides);
    const served = new ServedProcesses(api, worker, database);
    try {
      await Promise.all([api.ready(), worker.ready()]);
    } catch (error) {
      await served.stop();
      throw error;
    }
    return served;
  }

  async stop(): Promise<void> {
    await Promise.all([this.api.stop(), this.worker.stop()]);
    await this.database?.drop();
  }
}
