import { composeVariables, Environment, loadConfig } from '@kubernest/config';
import { Database, DatabaseModule, databaseVariables, migrate, migrationVariables } from '@kubernest/db';
import { LifecycleModule, lifecycleVariables } from '@kubernest/lifecycle';
import { REDIS, RedisModule, redisVariables } from '@kubernest/redis';
import { freePort, TestDatabase, testDatabase, testRedis, waitFor } from '@kubernest/testing';
import { INestApplicationContext, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { RevocationFeed } from '../revocation-feed';
import { sessionsSchema } from '../schema';
import { SessionCache } from '../session-cache';
import { SessionCleanupModule } from '../session-cleanup.module';
import { SessionsModule } from '../sessions.module';
import { SignInService, SignedIn } from '../sign-in.service';
import { AccountsService } from '../accounts.service';
import { sessionCleanupVariables, sessionVariables } from '../variables';

const variables = composeVariables(
  lifecycleVariables,
  databaseVariables,
  redisVariables,
  sessionVariables,
  sessionCleanupVariables,
);

export const SECRET = 'a-secret-of-the-tests-with-32-bytes-or-more';
export const PASSWORD = 'correct horse battery staple';
export const CLIENT = { address: '192.0.2.1', userAgent: 'jest' };

@Module({})
class PodModule {}

/** One process of the API, as far as sessions go, with clients of its own. */
export class Pod {
  constructor(private readonly app: INestApplicationContext) {}

  get<T>(type: Type<T>): T {
    return this.app.get(type, { strict: false });
  }

  get database(): Database {
    return this.get(Database);
  }

  get redis(): Redis {
    return this.app.get(REDIS, { strict: false });
  }

  /** Until copies are read and written: Redis is identified and revocations are known. */
  async caches(): Promise<this> {
    const ready = () => this.get(RevocationFeed).trustsCopies() && this.get(SessionCache).run !== undefined;
    await waitFor(ready, { timeoutMs: 5_000, message: 'the pod to trust copies in Redis' });
    return this;
  }

  close(): Promise<void> {
    return this.app.close();
  }
}

/** A migrated database and a key prefix of its own, and the pods that share them. */
export class SessionsFixture {
  private readonly pods: Pod[] = [];

  private constructor(
    private readonly database: TestDatabase,
    readonly env: Environment,
  ) {}

  static async start(env: Environment = {}): Promise<SessionsFixture> {
    const database = await testDatabase();
    const { url, prefix } = testRedis();
    const own = { DATABASE_URL: database.url, REDIS_URL: url, REDIS_KEY_PREFIX: prefix, JWT_SECRET: SECRET };
    const config = loadConfig(migrationVariables, own);
    await migrate({ config, schema: [sessionsSchema], applicationName: 'test', log: () => undefined });
    return new SessionsFixture(database, { NODE_ENV: 'test', ...own, ...env });
  }

  /** One that is connected to Postgres. */
  async pod(env: Environment = {}): Promise<Pod> {
    const pod = await this.podWithoutWaiting(env);
    await pod.database.connected(5_000);
    return pod;
  }

  async podWithoutWaiting(env: Environment): Promise<Pod> {
    const config = loadConfig(variables, { ...this.env, ...env });
    const imports = [
      LifecycleModule.forRoot(config),
      DatabaseModule.forRoot({ config, schema: [sessionsSchema], applicationName: 'test' }),
      RedisModule.forRoot({ config, name: 'test' }),
      SessionsModule.forRoot({ config }),
      SessionCleanupModule.forRoot({ config }),
    ];
    const pod = new Pod(
      await NestFactory.createApplicationContext({ module: PodModule, imports }, { logger: false }),
    );
    this.pods.push(pod);
    return pod;
  }

  async stop(): Promise<void> {
    await Promise.all(this.pods.map((pod) => pod.close()));
    await this.database.drop();
  }
}

/** A URL of the same kind on which nobody listens. */
export async function nowhere(url: string): Promise<string> {
  const other = new URL(url);
  other.port = String(await freePort());
  return other.href;
}

export function newEmail(): string {
  return `${randomUUID()}@example.org`;
}

/** Registers somebody and signs in. */
export async function signIn(pod: Pod, email = newEmail()): Promise<SignedIn & { email: string }> {
  await pod.get(AccountsService).register({ email, password: PASSWORD });
  return { ...(await signInAgain(pod, email)), email };
}

export function signInAgain(pod: Pod, email: string): Promise<SignedIn> {
  return pod.get(SignInService).signIn({ email, password: PASSWORD }, CLIENT);
}
