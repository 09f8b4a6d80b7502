import { HttpConfig, Lifecycle, Readiness } from '@kubernest/lifecycle';
import { DynamicModule, Module, Provider } from '@nestjs/common';
import { Metrics } from './metrics';
import { OperatorServer } from './operator-server';
import { exportBuild, exportLifecycle } from './process-metrics';
import { tracing } from './tracing';
import type { TelemetryConfig } from './variables';

type Config = TelemetryConfig & Pick<HttpConfig, 'HOST'>;

const TRACES = Symbol('TRACES');

@Module({})
export class TelemetryModule {
  /**
   * The process's metrics, the port for operators, and the end of its traces. Log and traces begin earlier, with `createLogger` and
   * `tracing.start`, so that the start itself is logged.
   */
  static forRoot(config: Config): DynamicModule {
    const metrics: Provider = {
      provide: Metrics,
      useFactory: (lifecycle: Lifecycle, readiness: Readiness) => openMetrics(config, lifecycle, readiness),
      inject: [Lifecycle, Readiness],
    };
    const traces: Provider = {
      provide: TRACES,
      useFactory: (lifecycle: Lifecycle) =>
        lifecycle.onClose('telemetry', 'traces', (withinMs) => tracing.flush(withinMs)),
      inject: [Lifecycle],
    };
    return {
      module: TelemetryModule,
      global: true,
      providers: [metrics, operatorServer(config), traces],
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

function operatorServer({ HOST: host, METRICS_PORT: port }: Config): Provider {
  return {
    provide: OperatorServer,
    useFactory: (metrics: Metrics, lifecycle: Lifecycle) =>
      new OperatorServer(metrics, { host, port }, lifecycle),
    inject: [Metrics, Lifecycle],
  };
}
