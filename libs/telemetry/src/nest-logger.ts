import type { LoggerService } from '@nestjs/common';
import type { Level, Logger } from 'pino';
import { loggableFields } from './loggable';

/**
 * Nest's logger interface on pino. A message is a text or an object with `msg`; Nest hands the context ("Shutdown",
 * "RoutesResolver") as the last parameter, and for an error the stack before it.
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
    const context = texts.at(-1);
    const err = rest.find((item) => item instanceof Error);
    const fields = {
      ...(context !== undefined && { context }),
      ...(texts.length > 1 && { [level === 'error' || level === 'fatal' ? 'stack' : 'detail']: texts[0] }),
      ...(err && { err }),
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

function fieldsOf(message: unknown): object {
  if (message instanceof Error) return { msg: message.message, err: message };
  return typeof message === 'object' && message !== null ? message : { msg: String(message) };
}
