import { Lifecycle } from '@kubernest/lifecycle';
import { createRedis } from '@kubernest/redis';
import { FactoryProvider, Logger, OnApplicationBootstrap } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { Redis } from 'ioredis';
import type { WorkerConfig } from '../variables';
import { createPageServer, PageOptions } from './page-server';

/** A page reads more at once than a request of the API does, and an operator can wait for it. */
const COMMAND_TIMEOUT_MS = 5_000;
/** For a request under way at the end; browsers keep connections open, and are not waited for longer. */
const LAST_REQUEST_MS = 300;

/**
 * Serves the queue page on a port of its own until the workers have closed, so that one can see how the last job ends. It has
 * a connection to Redis of its own: a large answer does not delay the readiness check.
 */
export class QueuePage implements OnApplicationBootstrap {
  private readonly logger = new Logger('QueuePage');

  private constructor(
    private readonly server: FastifyInstance,
    private readonly redis: Redis,
    private readonly address: { host: string; port: number },
  ) {}

  /** None where no port is set; then no package of the page is loaded. */
  static providers(config: WorkerConfig, options: Pick<PageOptions, 'queues' | 'files'>): FactoryProvider[] {
    const { QUEUE_PAGE_PORT: port, QUEUE_PAGE_PASSWORD: password } = config;
    if (port === undefined || password === undefined) return [];
    const useFactory = async (lifecycle: Lifecycle) => {
      const patient = { ...config, REDIS_COMMAND_TIMEOUT_MS: COMMAND_TIMEOUT_MS };
      const redis = createRedis(patient, { role: 'producer', name: 'queue-page' });
      const server = await createPageServer({ ...options, config, password, redis });
      const page = new QueuePage(server, redis, { host: config.HOST, port });
      lifecycle.onClose('queues', 'queue page', () => page.close());
      return page;
    };
    return [{ provide: QueuePage, useFactory, inject: [Lifecycle] }];
  }

  /** @throws Error when the port is taken */
  async onApplicationBootstrap(): Promise<void> {
    const { port } = this.address;
    const url = await this.server.listen(this.address).catch((cause: unknown) => {
      const message = `the queue page cannot listen on port ${port}: stop what uses it, or set QUEUE_PAGE_PORT`;
      throw new Error(message, { cause });
    });
    this.logger.log({ msg: 'queue page served', url });
  }

  private async close(): Promise<void> {
    const cut = setTimeout(() => this.server.server.closeAllConnections(), LAST_REQUEST_MS);
    await this.server.close();
    clearTimeout(cut);
    this.redis.disconnect();
  }
}
