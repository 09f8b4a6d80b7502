import { HttpConfig, Lifecycle } from '@kubernest/lifecycle';
import { DynamicModule, Module } from '@nestjs/common';
import { Metrics } from './metrics';
import { OperatorServer } from './operator-server';
import { tracing } from './tracing';
import type { TelemetryConfig } from './variables';

const TRACES = Symbol('TRACES');

@Module({})
export class TelemetryModule {
  /**
   * The process's metrics, the port for operators, and the end of its traces. Log and traces begin earlier, with `createLogger` and
   * `tracing.start`, so that the start itself is logged.
   */
  static forRoot(config: TelemetryConfig & Pick<HttpConfig, 'HOST'>): DynamicModule {
    const address = { host: config.HOST, port: config.METRICS_PORT };
    return {
      module: TelemetryModule,
      global: true,
      providers: [
        Metrics,
        {
          provide: OperatorServer,
          useFactory: (metrics: Metrics, lifecycle: Lifecycle) =>
            new OperatorServer(metrics, address, lifecycle),
          inject: [Metrics, Lifecycle],
        },
        {
          provide: TRACES,
          useFactory: (lifecycle: Lifecycle) =>
            lifecycle.onClose('telemetry', 'traces', (withinMs) => tracing.flush(withinMs)),
          inject: [Lifecycle],
        },
      ],
      exports: [Metrics],
    };
  }
}
