import type { ControllerHandlerReturnType, HTTPStatus } from '@bull-board/api/typings/app';
import { UnavailableError } from '@kubernest/errors';
import { asUnavailable } from '@kubernest/redis';
import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { Redis } from 'ioredis';

const logger = new Logger('QueuePage');

/** In the shape that the page shows. */
export function answerError(
  error: Error & { statusCode?: number },
): Required<ControllerHandlerReturnType<object>> {
  const known = asUnavailable(error);
  if (known instanceof UnavailableError) return answer(503, 'REDIS_UNAVAILABLE', known.message);
  const { statusCode = 500, message } = error;
  if (statusCode < 500) return answer(statusCode, 'FORBIDDEN', message);
  logger.error({ msg: 'queue page: a request failed', err: error });
  return answer(statusCode, 'INTERNAL_SERVER_ERROR');
}

function answer(status: number, key: string, message?: string) {
  // Its type has the statuses of Bull Board's own answers only.
  return { status: status as HTTPStatus, body: { error: { key: `ERRORS.${key}` }, message } };
}

/** A queue of BullMQ waits for its first connection, however long that takes; an operator does not. */
export function refuseWithoutRedis(server: FastifyInstance, redis: Redis): void {
  server.addHook('onRequest', (request, _reply, done) => {
    const away = redis.status !== 'ready' && request.url.startsWith('/api/');
    done(away ? new UnavailableError('redis') : undefined);
  });
}
