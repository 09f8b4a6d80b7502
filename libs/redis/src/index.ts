export { createRedis } from './create-redis';
export type { RedisOptions } from './create-redis';
export { REDIS, RedisModule } from './redis.module';
export { asUnavailable } from './unavailable';
export { redisVariables } from './variables';
export type { RedisConfig } from './variables';
