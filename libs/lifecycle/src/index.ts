export { Lifecycle, CLOSE_STEPS } from './lifecycle';
export type { CloseStep, LifecycleState, ReadinessCheck } from './lifecycle';
export { LifecycleModule } from './lifecycle.module';
export { runService } from './run-service';
export type { ServiceOptions } from './run-service';
export { exitOnSignal } from './signals';
export { httpVariables, lifecycleVariables } from './variables';
export type { HttpConfig, LifecycleConfig } from './variables';
