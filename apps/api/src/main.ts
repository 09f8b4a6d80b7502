import 'reflect-metadata';
import { loadConfigOrExit } from '@kubernest/config';
import { configureHttp } from '@kubernest/http';
import { runService } from '@kubernest/lifecycle';
import { createLogger, tracing } from '@kubernest/telemetry';
import { dirname } from 'node:path';
import { AppModule } from './app.module';
import { apiVariables } from './variables';

async function main(): Promise<void> {
  const config = loadConfigOrExit(apiVariables, process.env);
  await tracing.start(config, 'api');
  await runService({
    module: AppModule.forRoot(config),
    config,
    logger: await createLogger(config, 'api'),
    configure: (app) =>
      configureHttp(app, { config, title: 'Kubernest API', folder: dirname(process.argv[1] ?? '') }),
  });
}

void main();
