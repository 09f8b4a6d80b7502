// What the API is compared with: Fastify with nothing around it. JavaScript, because compiling would count as start-up.
import fastify from 'fastify';

const { PORT, REDIS_URL, REDIS_KEY, REDIS_PATH } = process.env;
const server = fastify();
server.get('/health/live', () => ({ status: 'alive' }));

if (REDIS_URL) {
  const { Redis } = await import('ioredis');
  const redis = new Redis(REDIS_URL);
  server.get(REDIS_PATH, async (_request, reply) =>
    reply.type('application/json').send(await redis.get(REDIS_KEY)),
  );
}

await server.listen({ port: Number(PORT), host: '127.0.0.1' });
