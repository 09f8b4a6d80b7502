import type { LoggerService } from '@nestjs/common';
import type { DestinationStream } from 'pino';
import { severity, type Level } from './log-level';
import { addLoggable, loggable, type LogFields } from './loggable';
import { scopes } from './scope';

/**
 * Nest's logger interface. A message is a text, an error, or an object with `msg`; Nest hands the context ("Shutdown",
 * "RoutesResolver") as the last parameter, and for an error the stack, which may be the last one too.
 *
 * The line is made here and not by pino, to which it goes: that took 3.9 us, and this 1.4 (docs/decisions/metrics.md).
 */
export class NestLogger implements LoggerService {
  /** @param level the least severe that is written */
  constructor(
    private readonly output: DestinationStream,
    private readonly service: string,
    public level: Level,
  ) {}

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
    if (severity(level) < severity(this.level)) return;
    const { request, place } = scopes.getStore() ?? {};
    const line: LogFields = { level, time: isoTime(), service: this.service };
    Object.assign(line, request, place?.ids);
    addAbout(line, message, rest);
    addLoggable(line, fieldsOf(message));
    this.output.write(`${JSON.stringify(line)}\n`);
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

/** Adds what the parameters after a message tell. */
function addAbout(line: LogFields, message: unknown, rest: unknown[]): void {
  const [only] = rest;
  // As our own code logs: with the context that its logger adds, and nothing else.
  if (rest.length === 1 && typeof only === 'string' && !STACK.test(only)) {
    line['context'] = loggable(only);
    return;
  }
  const texts = rest.filter((item) => typeof item === 'string');
  const stack = texts.find((text) => STACK.test(text));
  const words = texts.filter((text) => text !== stack);
  const thrown = rest.find((item) => item instanceof Error);
  addLoggable(line, {
    ...(words.length > 0 && { context: words.at(-1) }),
    ...(words.length > 1 && { detail: words[0] }),
    ...(thrown ? { err: thrown } : stack !== undefined && { err: withStack(message, stack) }),
  });
}

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

let lastMs = 0;
let lastTime = '';

/** Made once a millisecond: a busy process writes many lines in one. */
function isoTime(): string {
  const nowMs = Date.now();
  if (nowMs !== lastMs) {
    lastMs = nowMs;
    lastTime = new Date(nowMs).toISOString();
  }
  return lastTime;
}
