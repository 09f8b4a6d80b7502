import { HttpConfig, Lifecycle } from '@kubernest/lifecycle';
import { DynamicModule, Module } from '@nestjs/common';
import { Metrics } from './metrics';
import { MetricsServer } from './metrics-server';
import type { TelemetryConfig } from './variables';

@Module({})
export class TelemetryModule {
  /** The process's metrics and their port. The log is made earlier, by `createLogger`, so that the start itself is logged. */
  static forRoot(config: TelemetryConfig & Pick<HttpConfig, 'HOST'>): DynamicModule {
    const address = { host: config.HOST, port: config.METRICS_PORT };
    return {
      module: TelemetryModule,
      global: true,
      providers: [
        Metrics,
        {
          provide: MetricsServer,
          useFactory: (metrics: Metrics, lifecycle: Lifecycle) =>
            new MetricsServer(metrics, address, lifecycle),
          inject: [Metrics, Lifecycle],
        },
      ],
      exports: [Metrics],
    };
  }
}
