import { loadConfig } from '@kubernest/config';
import { Metrics } from '@kubernest/telemetry';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { services } from '../start/apps';
import { exampleSecrets, variableSets } from './processes';

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
  ...exampleSecrets,
  NODE_ENV: 'test',
  HOST: '127.0.0.1',
  METRICS_PORT: '0',
  METRICS_ENABLED: 'false',
  DATABASE_URL: 'postgres://127.0.0.1:1/none',
  REDIS_URL: 'redis://127.0.0.1:1',
};

interface AppFile {
  /** The second argument is where the files of its pages are, which nobody asks for here. */
  AppModule: { forRoot: (config: unknown, folder: string) => DynamicModule };
}

/** What each service registers, which it does when its modules are made. */
export async function exportedMetrics(): Promise<ExportedMetric[]> {
  const exported = new Map<string, ExportedMetric>();
  for (const app of services())
    for (const metric of await registeredBy(app)) {
      const exportedBy = [...(exported.get(metric.name)?.exportedBy ?? []), app];
      exported.set(metric.name, { ...metric, exportedBy });
    }
  return [...exported.values()];
}

async function registeredBy(service: string): Promise<Registered[]> {
  const { AppModule } = (await import(`../../apps/${service}/src/app.module`)) as AppFile;
  const set = variableSets[service];
  if (!set) throw new Error(`variableSets in tools/generate/processes.ts does not have ${service}: add it`);
  const module = AppModule.forRoot(loadConfig(set, ENV), '');
  const app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
  const { registry } = app.get(Metrics, { strict: false });
  const metrics = registry.getMetricsAsArray() as unknown as Registered[];
  await app.close();
  return metrics.map(({ name, help, type, labelNames }) => ({ name, help, type, labelNames }));
}
