import type { LoggerService } from '@nestjs/common';
import type { Level, Logger } from 'pino';
import { loggableFields } from './loggable';

/**
 * Nest's logger interface on pino. A message is a text, an error, or an object with `msg`; Nest hands the context ("Shutdown",
 * "RoutesResolver") as the last parameter, and for an error the stack, which may be the last one too.
 */
export class NestLogger implements LoggerService {
  constructor(private readonly pino: Logger) {}

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  log(message: unknown, ...rest: unknown[]): void {
    // Nest tells at length of its routes and modules while it starts.
    const fromNest = typeof rest.at(-1) === 'string' && NEST_CHATTER.has(rest.at(-1) as string);
    this.write(fromNest ? 'debug' : 'info', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  private write(level: Level, message: unknown, rest: unknown[]): void {
    if (!this.pino.isLevelEnabled(level)) return;
    const texts = rest.filter((item) => typeof item === 'string');
    const stack = texts.find((text) => STACK.test(text));
    const words = texts.filter((text) => text !== stack);
    const thrown = rest.find((item) => item instanceof Error);
    const fields = {
      ...(words.length > 0 && { context: words.at(-1) }),
      ...(words.length > 1 && { detail: words[0] }),
      ...(thrown ? { err: thrown } : stack !== undefined && { err: withStack(message, stack) }),
      ...fieldsOf(message),
    };
    this.pino[level](loggableFields(fields));
  }
}

const NEST_CHATTER = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

const STACK = /^.+\n\s+at /;

/** Nest mostly hands over the parts of an error. */
function withStack(message: unknown, stack: string): Error {
  const error = new Error(String(message));
  error.stack = stack;
  return error;
}

function fieldsOf(message: unknown): object {
  if (message instanceof Error) return { msg: message.message, err: message };
  return typeof message === 'object' && message !== null ? message : { msg: String(message) };
}
