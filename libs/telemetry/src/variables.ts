import { boolean, ConfigOf, defineVariables, duration, integer, oneOf, text, url } from '@kubernest/config';
import { z } from 'zod';
import { keyValues } from './key-values';

export type TelemetryConfig = ConfigOf<typeof telemetryVariables>;

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export const telemetryVariables = defineVariables({
  LOG_LEVEL: {
    about: 'Least severe log lines to write. PUT /log-level on METRICS_PORT changes it for a while.',
    schema: oneOf(LOG_LEVELS),
    default: 'info',
  },
  LOG_FORMAT: {
    about: 'One JSON object a line, or lines for people. `auto` is pretty on a terminal, else JSON.',
    schema: oneOf(['auto', 'json', 'pretty']),
    default: 'auto',
  },
  METRICS_PORT: {
    about:
      'Port for operators, with /metrics and /log-level, which are never on the public port. 0 takes a free one.',
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

export type TracingConfig = ConfigOf<typeof tracingVariables> & Pick<TelemetryConfig, 'APP_VERSION'>;

const collectorUrl = () =>
  url(['http', 'https']).optional().describe('a URL that begins with http:// or https://, or not set');

/** OpenTelemetry's own names, with its defaults. What is not listed here has no effect, or is read by its exporter unchecked. */
export const tracingVariables = defineVariables({
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    about:
      'Collector of traces, without the path: /v1/traces is appended. Without it, and without the next one, nothing is traced.',
    schema: collectorUrl(),
  },
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: {
    about: 'The same with its path; takes precedence.',
    schema: collectorUrl(),
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    about: 'Header fields for the collector, such as its token.',
    schema: keyValues(),
    secret: true,
  },
  OTEL_EXPORTER_OTLP_PROTOCOL: {
    about: 'How traces are sent.',
    schema: oneOf(['http/protobuf']),
    default: 'http/protobuf',
  },
  OTEL_EXPORTER_OTLP_TIMEOUT: {
    about: 'How long the collector may take for a batch of spans, repetitions included.',
    schema: duration({ min: 1, max: 60_000, unit: 'ms' }),
    default: '10000',
  },
  OTEL_BSP_SCHEDULE_DELAY: {
    about: 'How long spans are gathered before they are sent.',
    schema: duration({ min: 1, max: 60_000, unit: 'ms' }),
    default: '5000',
  },
  OTEL_SERVICE_NAME: {
    about: 'Name of this process in traces: by default that of the app, or of the command.',
    schema: text({ max: 255 }).optional().describe('text of 1 to 255 characters, or not set'),
  },
  OTEL_RESOURCE_ATTRIBUTES: {
    about:
      'What else traces say of this process, such as k8s.pod.name; service.version is APP_VERSION unless it is given here.',
    schema: keyValues(),
  },
  OTEL_TRACES_SAMPLER: {
    about:
      'Which traces are recorded. With parentbased_* a caller who sends traceparent has decided already: let only callers send it whom you trust with the cost.',
    schema: oneOf([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ]),
    default: 'parentbased_always_on',
  },
  OTEL_TRACES_SAMPLER_ARG: {
    about: 'The part of all traces that a sampler by ratio records.',
    schema: z
      .string()
      .regex(/^(0|1|[01]?\.\d{1,15})$/)
      .transform(Number)
      .refine((value) => value <= 1)
      .describe('a number from 0 to 1'),
    default: '1',
  },
  OTEL_SDK_DISABLED: {
    about: 'Traces nothing, whatever the other variables say.',
    schema: boolean(),
    default: 'false',
  },
});
