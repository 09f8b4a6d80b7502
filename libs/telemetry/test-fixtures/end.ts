import { exitOnSignal } from '@kubernest/lifecycle';
import { Logger, LoggerService } from '@nestjs/common';
import { logAtTheTurnsEnd } from '../src/log-output';

const ENDS: Record<string, () => void> = {
  exit: () => process.exit(),
  return: () => undefined,
  SIGTERM: () => {
    exitOnSignal(() => process.exit());
    process.kill(process.pid, 'SIGTERM');
  },
  'unheard crash': crash,
  SIGKILL: kill,
  'SIGKILL, a turn later': () => setImmediate(kill),
};

/** Logs a line that may not wait and one that may, and ends in this way, in the same turn of the event loop. */
export function endAfterLogging(service: LoggerService, how = ''): void {
  Logger.overrideLogger(service);
  const logger = new Logger('Place');
  logger.log({ msg: 'at once' });
  logAtTheTurnsEnd(() => logger.log({ msg: 'waiting' }));
  ENDS[how]?.();
}

/** Where no `catch` is. */
export function crash(): void {
  process.nextTick(() => {
    throw new Error('crashed on purpose');
  });
}

function kill(): void {
  process.kill(process.pid, 'SIGKILL');
}
