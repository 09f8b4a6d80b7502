import { Queue } from 'bullmq';

export const QUEUE = 'session-cleanup';

/** Straight to Redis, past the apps. */
export function openQueue(env: NodeJS.ProcessEnv): Queue {
  const { hostname: host, port } = new URL(env['REDIS_URL'] ?? '');
  return new Queue(QUEUE, {
    connection: { host, port: Number(port) },
    ...(env['REDIS_KEY_PREFIX'] && { prefix: env['REDIS_KEY_PREFIX'] }),
  });
}
