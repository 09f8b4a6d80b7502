import type { Logger } from '@nestjs/common';
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, Resource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  IdGenerator,
  ParentBasedSampler,
  Sampler,
  SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { TracingConfig } from './variables';

export interface Exported {
  /** Name of the process, where the configuration gives none. */
  service: string;
  /** Of the collector, with its path. */
  url: string;
}

interface Parts {
  logger: Logger;
  sampler: Sampler;
  idGenerator: IdGenerator;
}

const DROPS_LOGGED_EVERY_MS = 60_000;

/** OpenTelemetry's SDK, set up by what the configuration says; of the environment only its exporter reads the rest of OTEL_EXPORTER_OTLP_*. */
export function createTracerProvider(
  config: TracingConfig,
  { service, url }: Exported,
  { logger, sampler, idGenerator }: Parts,
): TracerProvider {
  logDrops(logger);
  const { OTEL_EXPORTER_OTLP_TIMEOUT: timeoutMillis, OTEL_EXPORTER_OTLP_HEADERS: headers = {} } = config;
  const exporter = new OTLPTraceExporter({ url, headers, timeoutMillis });
  const processor = new BatchSpanProcessor({
    exporter: logOutages(exporter, logger),
    scheduledDelayMillis: config.OTEL_BSP_SCHEDULE_DELAY,
    // After the exporter's own deadline, which tells what the matter was.
    exportTimeoutMillis: 2 * timeoutMillis,
  });
  return new TracerProvider({
    resource: resourceOf(config, service),
    sampler,
    idGenerator,
    spanProcessors: [processor],
  });
}

function resourceOf(config: TracingConfig, service: string): Resource {
  return defaultResource().merge(
    resourceFromAttributes({
      'service.name': service,
      'service.version': config.APP_VERSION,
      ...config.OTEL_RESOURCE_ATTRIBUTES,
      ...(config.OTEL_SERVICE_NAME !== undefined && { 'service.name': config.OTEL_SERVICE_NAME }),
    }),
  );
}

export function samplerOf({
  OTEL_TRACES_SAMPLER: name,
  OTEL_TRACES_SAMPLER_ARG: ratio,
}: TracingConfig): Sampler {
  const [, parentBased, own] = /^(parentbased_)?(.+)$/.exec(name) ?? [];
  const root =
    own === 'always_on'
      ? new AlwaysOnSampler()
      : own === 'always_off'
        ? new AlwaysOffSampler()
        : new TraceIdRatioBasedSampler(ratio);
  return parentBased ? new ParentBasedSampler({ root }) : root;
}

/** One line when the collector goes away, and one when it is back, however many batches are lost meanwhile. */
function logOutages(exporter: SpanExporter, logger: Logger): SpanExporter {
  let lost = 0;
  const note = ({ code, error }: ExportResult, spans: number): void => {
    if (code === ExportResultCode.FAILED) {
      const reason = (error as { code?: unknown } | undefined)?.code ?? error?.message;
      if (lost === 0) logger.warn({ msg: 'traces cannot be sent to the collector', reason });
      lost += spans;
    } else if (lost > 0) {
      logger.log({ msg: 'traces are sent again', lost });
      lost = 0;
    }
  };
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        note(result, spans.length);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}

/** Of OpenTelemetry's own warnings those of a queue that was full, and no more than one a minute. */
function logDrops(logger: Logger): void {
  const ignore = () => undefined;
  let quietUntilMs = 0;
  const warn = (message: string): void => {
    if (!message.startsWith('Dropped') || performance.now() < quietUntilMs) return;
    quietUntilMs = performance.now() + DROPS_LOGGED_EVERY_MS;
    logger.warn({ msg: 'more spans than can be sent: sample less', reason: message });
  };
  const logLevel = DiagLogLevel.WARN;
  diag.setLogger({ warn, error: ignore, info: ignore, debug: ignore, verbose: ignore }, { logLevel });
}
