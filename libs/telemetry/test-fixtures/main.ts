import 'reflect-metadata';
import { composeVariables, loadConfigOrExit } from '@kubernest/config';
import { httpVariables, lifecycleVariables, OpenRequests, runService } from '@kubernest/lifecycle';
import {
  createLogger,
  observeRequests,
  RequestMetrics,
  telemetryVariables,
  tracing,
  tracingVariables,
} from '../src';
import { endAfterLogging } from './end';
import { FixtureModule } from './fixture.module';
import { logEverything } from './log-everything';

/** `serve`, as an app does; `log`: writes one line of each kind and exits; or `end`: writes two and ends as END says. */
async function main(what: string | undefined): Promise<void> {
  const variables = composeVariables(
    httpVariables({ port: 0 }),
    lifecycleVariables,
    telemetryVariables,
    tracingVariables,
  );
  const config = loadConfigOrExit(variables, process.env);
  const logger = await createLogger(config, 'fixture');
  if (what === 'log') {
    logEverything(logger);
    return;
  }
  if (what === 'end') {
    endAfterLogging(logger, process.env['END']);
    return;
  }
  await tracing.start(config, 'fixture');
  await runService({
    module: FixtureModule.forRoot(config),
    config,
    logger,
    configure: (app) => {
      const server = app.getHttpAdapter().getInstance();
      observeRequests(server, app.get(RequestMetrics), app.get(OpenRequests));
    },
  });
}

void main(process.argv[2]);
