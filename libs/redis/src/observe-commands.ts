import type { Calls } from '@kubernest/telemetry';
import type { Redis } from 'ioredis';

/** Every command, from the call to its answer. Of a client that sends none a second time. */
export function observeCommands(redis: Redis, commands: Calls): void {
  const sendCommand = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, pipeline) => {
    const end = commands.begin(command.name);
    const answer = sendCommand(command, pipeline);
    command.promise.then(() => end(), end);
    return answer;
  };
}
