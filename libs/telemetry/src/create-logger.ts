import type { LoggerService } from '@nestjs/common';
import { DestinationStream, pino } from 'pino';
import { logLevel } from './log-level';
import { LogOutput } from './log-output';
import { NestLogger } from './nest-logger';
import type { TelemetryConfig } from './variables';

/**
 * The process's log, for Nest and through Nest's `Logger` for all of our code: one JSON object a line on standard
 * output, with the request's id where there is a request, and with the ids of the trace where there is one.
 */
export async function createLogger(config: TelemetryConfig, service: string): Promise<LoggerService> {
  const output = await open(config.LOG_FORMAT);
  const logger = new NestLogger(output, service, config.LOG_LEVEL);
  logLevel.govern(logger);
  return logger;
}

async function open(format: TelemetryConfig['LOG_FORMAT']): Promise<DestinationStream> {
  if (format === 'json' || (format === 'auto' && !process.stdout.isTTY)) {
    // Synchronous: the last lines before an exit come out, and in order, which pino's own default does not promise.
    return new LogOutput(pino.destination({ dest: 1, sync: true }));
  }
  // Loaded only here: production does not pay for it.
  const { default: pretty } = await import('pino-pretty');
  return pretty({
    sync: true,
    ignore: 'service,context,requestId,trace_id,span_id',
    messageFormat: '{context}: {msg}',
    singleLine: true,
  });
}
