import { DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller';
import { Lifecycle } from './lifecycle';
import { OpenRequests } from './open-requests';
import { Readiness } from './readiness';
import { Shutdown } from './shutdown';
import { LIFECYCLE_CONFIG } from './tokens';
import type { LifecycleConfig } from './variables';

@Module({})
export class LifecycleModule {
  /** Probes and the ordered shutdown, the same for an HTTP service and a worker. Import it once, in the app's module. */
  static forRoot(config: LifecycleConfig): DynamicModule {
    return {
      module: LifecycleModule,
      global: true,
      // Terminus logs each failing probe; Readiness logs the changes.
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController],
      providers: [
        Lifecycle,
        Readiness,
        Shutdown,
        {
          provide: OpenRequests,
          useFactory: (lifecycle: Lifecycle) => new OpenRequests(lifecycle),
          inject: [Lifecycle],
        },
        { provide: LIFECYCLE_CONFIG, useValue: config },
      ],
      exports: [Lifecycle, OpenRequests, Readiness],
    };
  }
}
