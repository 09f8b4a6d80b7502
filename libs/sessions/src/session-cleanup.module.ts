import { DynamicModule, Module } from '@nestjs/common';
import { SessionCleanup } from './session-cleanup';
import { SESSION_CLEANUP_CONFIG, SessionCleanupConfig } from './variables';

@Module({})
export class SessionCleanupModule {
  /** For a process that runs the cleanup. Needs DatabaseModule. */
  static forRoot({ config }: { config: SessionCleanupConfig }): DynamicModule {
    return {
      module: SessionCleanupModule,
      providers: [{ provide: SESSION_CLEANUP_CONFIG, useValue: config }, SessionCleanup],
      exports: [SessionCleanup],
    };
  }
}
