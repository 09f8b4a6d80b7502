import type { FastifyAdapter } from '@bull-board/fastify';
import type { HttpConfig } from '@kubernest/lifecycle';
import { jobOptions, QueueDefinition } from '@kubernest/queue';
import type { RedisConfig } from '@kubernest/redis';
import { Logger } from '@nestjs/common';
import { Queue } from 'bullmq';
import type { FastifyInstance } from 'fastify';
import type { Redis } from 'ioredis';
import { answerError, refuseWithoutRedis } from './page-errors';
import { guardPage } from './page-guard';

export interface PageOptions {
  config: RedisConfig & HttpConfig;
  password: string;
  queues: readonly QueueDefinition<unknown>[];
  /** The folder that holds `dist` of @bull-board/ui. */
  files: string;
  redis: Redis;
}

const logger = new Logger('QueuePage');

/** Bull Board behind a password, on a Fastify of its own. Its packages are loaded here, since most workers have no page. */
export async function createPageServer(options: PageOptions): Promise<FastifyInstance> {
  const { config, password, redis } = options;
  const { fastify } = await import('fastify');
  const server = fastify({
    bodyLimit: config.HTTP_BODY_LIMIT_BYTES,
    requestTimeout: config.HTTP_REQUEST_TIMEOUT_MS,
  });
  server.setErrorHandler<Error>((error, _request, reply) => {
    const { status, body } = answerError(error);
    return reply.status(status).send(body);
  });
  await guardPage(server, password);
  useNoForeignFonts(server);
  refuseWithoutRedis(server, redis);
  logChanges(server);
  const board = await createBoard(options);
  await server.register(board.registerPlugin());
  return server;
}

async function createBoard({ config, queues, files, redis }: PageOptions): Promise<FastifyAdapter> {
  const { createBullBoard } = await import('@bull-board/api');
  const { BullMQAdapter } = await import('@bull-board/api/bullMQAdapter');
  const { FastifyAdapter } = await import('@bull-board/fastify');
  const serverAdapter = new FastifyAdapter();
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(openQueue(queue, redis, config.REDIS_KEY_PREFIX))),
    serverAdapter,
    options: { uiBasePath: files, uiConfig: { boardTitle: 'Queues', hideDocsLink: true } },
  });
  serverAdapter.setErrorHandler(answerError);
  return serverAdapter;
}

function openQueue(definition: QueueDefinition<unknown>, connection: Redis, prefix: string): Queue {
  const queue = new Queue(definition.name, {
    connection,
    prefix,
    // Were the question about the version not answered, the queue would be of no use for ever; workers ask it too.
    skipVersionCheck: true,
    // Of what an operator adds.
    defaultJobOptions: jobOptions(definition),
  });
  // Without a listener BullMQ prints raw errors; the client itself logs an outage.
  queue.on('error', (error) => logger.debug({ msg: `queue ${definition.name}`, err: error }));
  return queue;
}

/** They are of another site, which would learn of each visit; the page takes the system's instead. */
function useNoForeignFonts(server: FastifyInstance): void {
  server.addHook('onSend', (_request, reply, payload, done) => {
    const html = typeof payload === 'string' && String(reply.getHeader('content-type')).includes('html');
    done(null, html ? payload.replace(/<link href="https:[^>]*>/g, '') : payload);
  });
}

/** Who was it? Nobody knows, since operators share a password; but when, and what. */
function logChanges(server: FastifyInstance): void {
  server.addHook<{ Params: { queueName?: string; jobId?: string } }>('onResponse', (request, reply, done) => {
    const { method, ip: address, routeOptions, params } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      const what = {
        method,
        route: routeOptions.url ?? 'unmatched',
        queue: params.queueName,
        jobId: params.jobId,
      };
      logger.log({ msg: 'queue page: a change was asked for', ...what, status: reply.statusCode, address });
    }
    done();
  });
}
