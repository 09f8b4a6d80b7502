export { createLogger } from './create-logger';
export { Metrics } from './metrics';
export { observeRequests } from './observe-requests';
export { currentRequest } from './request-context';
export type { RequestContext } from './request-context';
export { TelemetryModule } from './telemetry.module';
export { telemetryVariables } from './variables';
export type { TelemetryConfig } from './variables';
