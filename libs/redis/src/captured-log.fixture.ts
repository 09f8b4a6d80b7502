import { Logger } from '@nestjs/common';

/** The messages of everything that is logged from now on. */
export function captureLog(): { messages: () => string[]; stop: () => void } {
  const entries: unknown[] = [];
  const note = (entry: unknown) => entries.push(entry);
  Logger.overrideLogger({ log: note, warn: note, error: note, debug: note });
  return {
    messages: () => entries.map((entry) => (entry as { msg: string }).msg),
    stop: () => {
      Logger.overrideLogger(false);
    },
  };
}
