import { Database } from '@kubernest/db';
import { Metrics } from '@kubernest/telemetry';
import { DynamicModule, Module, Provider } from '@nestjs/common';
import { SessionCleanup } from './session-cleanup';
import { exportCleanup } from './session-cleanup-figures';
import { SESSION_CLEANUP_CONFIG, SessionCleanupConfig } from './variables';

/** A command that runs once has no metrics: what it did is told by the processes that have. */
const figures: Provider = {
  provide: 'SESSION_CLEANUP_FIGURES',
  useFactory: (database: Database, metrics?: Metrics) => metrics && exportCleanup(metrics, database),
  inject: [Database, { token: Metrics, optional: true }],
};

@Module({})
export class SessionCleanupModule {
  /** For a process that runs the cleanup. Needs DatabaseModule. */
  static forRoot({ config }: { config: SessionCleanupConfig }): DynamicModule {
    return {
      module: SessionCleanupModule,
      providers: [{ provide: SESSION_CLEANUP_CONFIG, useValue: config }, SessionCleanup, figures],
      exports: [SessionCleanup],
    };
  }
}
