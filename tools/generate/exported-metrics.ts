/* eslint-disable @nx/enforce-module-boundaries -- what the apps export is in their sources, to which no package name leads */
import { loadConfig } from '@kubernest/config';
import { Metrics } from '@kubernest/telemetry';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule as Api } from '../../apps/api/src/app.module';
import { apiVariables } from '../../apps/api/src/variables';
import { AppModule as Worker } from '../../apps/worker/src/app.module';
import { workerVariables } from '../../apps/worker/src/variables';

/** As a metric of prom-client is made, which its types do not say. */
interface Registered {
  name: string;
  help: string;
  type: string;
  labelNames: readonly string[];
}

export interface ExportedMetric extends Registered {
  exportedBy: string[];
}

/**
 * For a process that connects to nobody: what it exports it registers before that. Nor does it measure: that leaves out prom-client's
 * own metrics, which differ from one operating system to the next.
 */
const ENV = {
  NODE_ENV: 'test',
  HOST: '127.0.0.1',
  METRICS_PORT: '0',
  METRICS_ENABLED: 'false',
  DATABASE_URL: 'postgres://127.0.0.1:1/none',
  REDIS_URL: 'redis://127.0.0.1:1',
  JWT_SECRET: 'signs-nothing-but-has-its-32-bytes',
};

/** What each app registers, which it does when its modules are made. */
export async function exportedMetrics(): Promise<ExportedMetric[]> {
  const apps = {
    api: await registeredBy(Api.forRoot(loadConfig(apiVariables, ENV))),
    worker: await registeredBy(Worker.forRoot(loadConfig(workerVariables, ENV), '')),
  };
  const exported = new Map<string, ExportedMetric>();
  for (const [app, metrics] of Object.entries(apps))
    for (const metric of metrics) {
      const exportedBy = [...(exported.get(metric.name)?.exportedBy ?? []), app];
      exported.set(metric.name, { ...metric, exportedBy });
    }
  return [...exported.values()];
}

async function registeredBy(module: DynamicModule): Promise<Registered[]> {
  const app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
  const { registry } = app.get(Metrics, { strict: false });
  const metrics = registry.getMetricsAsArray() as unknown as Registered[];
  await app.close();
  return metrics.map(({ name, help, type, labelNames }) => ({ name, help, type, labelNames }));
}
