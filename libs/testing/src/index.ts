export { freePort } from './free-port';
export { startPostgres, type PostgresOptions } from './postgres/postgres-server';
export { startRedis, type RedisOptions } from './redis/redis-server';
export type { RunningServer } from './server-process';
export { testDatabase, type TestDatabase } from './test-database';
export { testRedis, type TestRedis } from './test-redis';
export { startTestServers, type TestServers } from './test-servers';
export { waitFor } from './wait-for';
export { testFolder } from './workspace';
