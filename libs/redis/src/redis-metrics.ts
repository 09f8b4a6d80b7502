import { Calls, Metrics } from '@kubernest/telemetry';
import type { Redis } from 'ioredis';
import { Gauge } from 'prom-client';

/**
 * Every command, from the call to its answer. Of a client that sends none a second time.
 *
 * Not by ioredis's diagnostics channel: that makes a context with all arguments first, and costs three times as much.
 */
export function observeCommands(redis: Redis, metrics: Metrics): void {
  const commands = new Calls(metrics, {
    name: 'redis_command_duration_seconds',
    help: 'Time from a command to Redis to its answer.',
    label: 'command',
    system: 'redis',
  });
  const sendCommand = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, pipeline) => {
    const end = commands.begin(command.name);
    const answer = sendCommand(command, pipeline);
    command.promise.then(() => end(), end);
    return answer;
  };
}

const UP = 'redis_connection_up';

/** Of each connection that `createRedis` has made: those of a worker share the metric. */
export function exportState(redis: Redis, name: string, { registry }: Metrics): void {
  const up =
    (registry.getSingleMetric(UP) as Gauge | undefined) ??
    new Gauge({
      name: UP,
      help: 'Whether the connection to Redis is ready.',
      labelNames: ['connection'],
      registers: [registry],
    });
  const set = (value: number) => up.set({ connection: name }, value);
  set(0);
  redis.on('ready', () => set(1));
  redis.on('close', () => set(0));
}
