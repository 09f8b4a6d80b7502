import { HttpConfig, Lifecycle, Readiness } from '@kubernest/lifecycle';
import { DynamicModule, Module, Provider } from '@nestjs/common';
import { Metrics } from './metrics';
import { MetricsServer } from './metrics-server';
import { exportBuild, exportLifecycle } from './process-metrics';
import type { TelemetryConfig } from './variables';

type Config = TelemetryConfig & Pick<HttpConfig, 'HOST'>;

@Module({})
export class TelemetryModule {
  /** The process's metrics and their port. The log is made earlier, by `createLogger`, so that the start itself is logged. */
  static forRoot(config: Config): DynamicModule {
    const metrics: Provider = {
      provide: Metrics,
      useFactory: (lifecycle: Lifecycle, readiness: Readiness) => openMetrics(config, lifecycle, readiness),
      inject: [Lifecycle, Readiness],
    };
    return {
      module: TelemetryModule,
      global: true,
      providers: config.METRICS_ENABLED ? [metrics, server(config)] : [metrics],
      exports: [Metrics],
    };
  }
}

function openMetrics(config: Config, lifecycle: Lifecycle, readiness: Readiness): Metrics {
  const metrics = new Metrics(config.METRICS_ENABLED);
  exportBuild(metrics, config.APP_VERSION);
  exportLifecycle(metrics, lifecycle, readiness);
  return metrics;
}

function server({ HOST: host, METRICS_PORT: port }: Config): Provider {
  return {
    provide: MetricsServer,
    useFactory: (metrics: Metrics, lifecycle: Lifecycle) =>
      new MetricsServer(metrics, { host, port }, lifecycle),
    inject: [Metrics, Lifecycle],
  };
}
