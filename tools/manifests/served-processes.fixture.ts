import { TestDatabase, testDatabase, testRedis } from '@kubernest/testing';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { exampleSecrets } from '../generate/processes';
import { deploymentsOfBase } from './overlays';
import type { Rendered } from './rendered';
import { Overrides, ServedDeployment } from './served-deployment.fixture';

const migrateApp = join(__dirname, '../../dist/apps/migrate/main.js');

/**
 * Every Deployment's process as built, each with the environment of its container, on a database of their own. Should one of
 * them fail with MODULE_NOT_FOUND: npx nx run-many -t build
 */
export class ServedProcesses {
  private constructor(
    private readonly deployments: ReadonlyMap<string, ServedDeployment>,
    private readonly database: TestDatabase | undefined,
  ) {}

  /** @throws Error when the base has no such Deployment */
  of(name: string): ServedDeployment {
    const found = this.deployments.get(name);
    if (!found) throw new Error(`${name} has not been started`);
    return found;
  }

  get api(): ServedDeployment {
    return this.of('api-server');
  }

  get worker(): ServedDeployment {
    return this.of('worker');
  }

  /** All are ready when this returns. Where a database is set, it stays the caller's. */
  static async start(rendered: Rendered, settings: Overrides = {}): Promise<ServedProcesses> {
    const database = settings['DATABASE_URL'] === undefined ? await testDatabase() : undefined;
    const redis = testRedis();
    const overrides = {
      // The stores of the tests have passwords that production refuses.
      NODE_ENV: 'test',
      // A start is logged, whatever level the overlays have.
      LOG_LEVEL: 'info',
      ...exampleSecrets,
      ...(database && { DATABASE_URL: database.url }),
      REDIS_URL: redis.url,
      REDIS_KEY_PREFIX: redis.prefix,
      ...settings,
    };
    execFileSync(process.execPath, [migrateApp], { env: { ...process.env, ...overrides }, stdio: 'pipe' });
    const deployments = new Map<string, ServedDeployment>();
    for (const name of deploymentsOfBase())
      deployments.set(name, await ServedDeployment.start(rendered, name, overrides));
    const served = new ServedProcesses(deployments, database);
    try {
      await Promise.all(Array.from(deployments.values(), (each) => each.ready()));
    } catch (error) {
      await served.stop();
      throw error;
    }
    return served;
  }

  async stop(): Promise<void> {
    await Promise.all(Array.from(this.deployments.values(), (each) => each.stop()));
    await this.database?.drop();
  }
}
