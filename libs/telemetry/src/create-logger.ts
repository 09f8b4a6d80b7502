import type { LoggerService } from '@nestjs/common';
import { Logger, LoggerOptions, pino } from 'pino';
import { logLevel } from './log-level';
import { LogOutput } from './log-output';
import { NestLogger } from './nest-logger';
import { requestContext } from './request-context';
import { tracing } from './tracing';
import type { TelemetryConfig } from './variables';

/**
 * The process's log, for Nest and through Nest's `Logger` for all of our code: one JSON object a line on standard
 * output, with the request's id where there is a request, and with the ids of the trace where there is one.
 */
export async function createLogger(config: TelemetryConfig, service: string): Promise<LoggerService> {
  const options: LoggerOptions = {
    level: config.LOG_LEVEL,
    base: { service },
    timestamp: isoTime,
    formatters: { level: (level) => ({ level }) },
    mixin: () => ({ ...requestContext.getStore(), ...tracing.logFields() }),
    // NestLogger has made of every error what may be written of it.
    serializers: { err: (err: unknown) => err },
  };
  const log = await open(options, config.LOG_FORMAT);
  logLevel.govern(log);
  return new NestLogger(log);
}

async function open(options: LoggerOptions, format: TelemetryConfig['LOG_FORMAT']): Promise<Logger> {
  if (format === 'json' || (format === 'auto' && !process.stdout.isTTY)) {
    // Synchronous: the last lines before an exit come out, and in order, which pino's own default does not promise.
    return pino(options, new LogOutput(pino.destination({ dest: 1, sync: true })));
  }
  // Loaded only here: production does not pay for it.
  const { default: pretty } = await import('pino-pretty');
  return pino(
    options,
    pretty({
      sync: true,
      ignore: 'service,context,requestId,trace_id,span_id',
      messageFormat: '{context}: {msg}',
      singleLine: true,
    }),
  );
}

let lastMs = 0;
let lastTime = '';

/** As pino's own, but made once a millisecond: a busy process writes many lines in one. */
function isoTime(): string {
  const nowMs = Date.now();
  if (nowMs !== lastMs) {
    lastMs = nowMs;
    lastTime = `,"time":"${new Date(nowMs).toISOString()}"`;
  }
  return lastTime;
}
