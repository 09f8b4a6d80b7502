import { boolean, ConfigOf, defineVariables, integer, oneOf, text } from '@kubernest/config';

export type TelemetryConfig = ConfigOf<typeof telemetryVariables>;

export const telemetryVariables = defineVariables({
  LOG_LEVEL: {
    about: 'Least severe log lines to write.',
    schema: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    default: 'info',
  },
  LOG_FORMAT: {
    about: 'One JSON object a line, or lines for people. `auto` is pretty on a terminal, else JSON.',
    schema: oneOf(['auto', 'json', 'pretty']),
    default: 'auto',
  },
  METRICS_PORT: {
    about: 'Port of /metrics, which is never on the public port. 0 takes a free one.',
    schema: integer({ min: 0, max: 65_535 }),
    default: '9464',
  },
  METRICS_ENABLED: {
    about: 'Measure, and serve /metrics.',
    schema: boolean(),
    default: 'true',
  },
  APP_VERSION: {
    about: 'The release that this is, as the metric build_info tells it. The manifests take it from the pod.',
    schema: text({ max: 128 }),
    default: 'development',
  },
});
