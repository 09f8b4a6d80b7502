import type { LoggerService } from '@nestjs/common';

/** One JSON object a line, as the real log; this lib cannot use that one, which depends on it. */
export class JsonLines implements LoggerService {
  log = write('info');
  error = write('error');
  warn = write('warn');
  fatal = write('fatal');
}

function write(level: string) {
  return (message: unknown): void => {
    const fields =
      message instanceof Error
        ? { msg: message.message }
        : typeof message === 'object'
          ? message
          : { msg: message };
    process.stdout.write(`${JSON.stringify({ level, ...fields }, errors)}\n`);
  };
}

function errors(_key: string, value: unknown): unknown {
  return value instanceof Error ? { message: value.message } : value;
}
