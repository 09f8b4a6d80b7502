import { Logger } from '@nestjs/common';
import { inspect } from 'node:util';

/** Everything that is logged from now on, at every depth. */
export function captureLog(): { lines: string[]; messages: () => string[]; stop: () => void } {
  const entries: unknown[] = [];
  const note = (entry: unknown) => entries.push(entry);
  Logger.overrideLogger({ log: note, warn: note, error: note, debug: note });
  return {
    get lines() {
      return entries.map((entry) => inspect(entry, { depth: 10, showHidden: true }));
    },
    messages: () => entries.map((entry) => (entry as { msg: string }).msg),
    stop: () => {
      Logger.overrideLogger(false);
    },
  };
}
