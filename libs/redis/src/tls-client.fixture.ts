import { loadConfig } from '@kubernest/config';
import { createRedis } from './create-redis';
import { redisVariables } from './variables';

/* A process of its own, since Node reads NODE_EXTRA_CA_CERTS only at its start. It prints what Redis answers, or why none. */

// eslint-disable-next-line no-restricted-syntax -- a process of its own
const redis = createRedis(loadConfig(redisVariables, process.env), { role: 'producer', name: 'tls-spec' });
redis.once('error', finish);
redis.once('ready', () => {
  redis.ping().then(finish, finish);
});

function finish(outcome: unknown): void {
  process.stdout.write(outcome instanceof Error ? outcome.message : String(outcome));
  redis.disconnect();
}
