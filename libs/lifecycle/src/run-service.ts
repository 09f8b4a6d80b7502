import { DynamicModule, Logger, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createHttpAdapter } from './http-adapter';
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
 * A signal during start-up closes what is open by then and ends the process with 0, since nothing was taken on yet. The
 * first signal after that begins the ordered shutdown; a second one exits at once. A start that fails logs why and exits
 * with 1.
 */
export async function runService(options: ServiceOptions): Promise<void> {
  const stopping = new AbortController();
  let begin: (signal: string) => void = () => process.exit(0);
  exitOnSignal((signal) => {
    stopping.abort();
    begin(signal);
  });
  exitOnCrash();
  try {
    const app = await create(options);
    begin = (signal) => app.get(Shutdown).begin(signal);
    await options.configure?.(app);
    await app.init();
    const url = await listen(app, options.config);
    if (stopping.signal.aborted) return;
    app.get(Lifecycle).started();
    app.enableShutdownHooks([...SHUTDOWN_SIGNALS], { useProcessExit: true });
    new Logger('Service').log({ msg: 'started', url, startMs: Math.round(performance.now()) });
  } catch (error) {
    // What is closed under a start that was told to stop makes it fail; the shutdown decides how that process ends.
    if (stopping.signal.aborted) return;
    new Logger('Service').fatal({ msg: startFault(error, options.config), err: error });
    process.exit(1);
  }
}

async function create({ module, config, logger }: ServiceOptions): Promise<NestFastifyApplication> {
  const adapter = createHttpAdapter(config);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger,
    abortOnError: false,
    // Fastify parses JSON by itself; Nest would add form bodies, which no route takes.
    bodyParser: false,
  });
  app.get(OpenRequests).track(adapter.getInstance());
  return app;
}

/** Not Nest's `listen`, which logs a taken port a second time. */
function listen(app: NestFastifyApplication, { PORT: port, HOST: host }: HttpConfig): Promise<string> {
  return app.getHttpAdapter().getInstance().listen({ port, host });
}

function startFault(error: unknown, { PORT, HOST }: HttpConfig): string {
  const { code, port } = error as { code?: unknown; port?: unknown };
  if (code === 'EADDRINUSE' && port === PORT)
    return `port ${PORT} is taken: stop what uses it, or set PORT to another one`;
  if (code === 'EACCES' && port === PORT)
    return `port ${PORT} may not be opened by this user: set PORT to 1024 or more`;
  if (code === 'EADDRNOTAVAIL') return `HOST ${HOST} is not an address of this machine`;
  return `the service did not start: ${error instanceof Error ? error.message : 'unknown error'}`;
}

function exitOnCrash(): void {
  // Also called for a rejection that nothing handles.
  process.on('uncaughtException', (error) => {
    new Logger('Service').fatal({ msg: 'crashed on an exception that nothing caught', err: error });
    process.exit(1);
  });
}
