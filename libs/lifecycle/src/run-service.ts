import { DynamicModule, Logger, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Lifecycle } from './lifecycle';
import { OpenRequests } from './open-requests';
import { Shutdown } from './shutdown';
import { exitOnSignal, SHUTDOWN_SIGNALS } from './signals';
import type { HttpConfig } from './variables';

export interface ServiceOptions {
  /** The app's root module; it imports LifecycleModule. */
  module: DynamicModule;
  config: HttpConfig;
  logger: LoggerService;
  /** Routes, filters, hooks: called before the app listens. */
  configure?: (app: NestFastifyApplication) => void | Promise<void>;
}

/**
 * Runs an HTTP service or a worker from start to exit.
 *
 * A signal during start-up ends the process with 0, since nothing was taken on yet. The first signal after that begins
 * the ordered shutdown; a second one exits at once. A start that fails logs why and exits with 1.
 */
export async function runService(options: ServiceOptions): Promise<void> {
  let begin: (signal: string) => void = () => process.exit(0);
  exitOnSignal((signal) => begin(signal));
  exitOnCrash();
  try {
    const app = await create(options);
    begin = (signal) => app.get(Shutdown).begin(signal);
    app.enableShutdownHooks([...SHUTDOWN_SIGNALS], { useProcessExit: true });
    await options.configure?.(app);
    await app.listen(options.config.PORT, options.config.HOST);
    app.get(Lifecycle).started();
    new Logger('Service').log({
      msg: 'started',
      url: await app.getUrl(),
      startMs: Math.round(performance.now()),
    });
  } catch (error) {
    new Logger('Service').fatal({ msg: startFault(error, options.config), err: error });
    process.exit(1);
  }
}

async function create({ module, config, logger }: ServiceOptions): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    // During the drain requests are served; Fastify's own 503 is the failure that a drain exists to avoid.
    return503OnClosing: false,
    bodyLimit: config.HTTP_BODY_LIMIT_BYTES,
    requestTimeout: config.HTTP_REQUEST_TIMEOUT_MS,
    keepAliveTimeout: config.HTTP_KEEP_ALIVE_TIMEOUT_MS,
    trustProxy: config.TRUSTED_PROXY_HOPS > 0 && ((_address, hop) => hop < config.TRUSTED_PROXY_HOPS),
    genReqId: requestId,
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 200 },
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger,
    abortOnError: false,
  });
  app.get(OpenRequests).track(adapter.getInstance());
  return app;
}

const REQUEST_ID = /^[\w.:+/=-]{1,128}$/;

/** The caller's X-Request-Id where it is harmless to log and to return, else a new one. */
function requestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

function startFault(error: unknown, config: HttpConfig): string {
  const { code } = error as { code?: unknown };
  if (code === 'EADDRINUSE') return `port ${config.PORT} is taken: stop what uses it, or set PORT`;
  if (code === 'EACCES')
    return `port ${config.PORT} may not be opened by this user: set PORT to 1024 or more`;
  return 'the service did not start';
}

function exitOnCrash(): void {
  process.on('uncaughtException', (error) => {
    new Logger('Service').fatal({ msg: 'crashed on an exception that nothing caught', err: error });
    process.exit(1);
  });
}
