import { OtlpReceiver, ReceivedSpan, waitFor } from '@kubernest/testing';

const CALLER = 'b7ad6b7169203331';

export const traceOf = (number: number) => number.toString(16).padStart(32, 'c');
/** Of a caller that records this trace. */
export const traceparent = (trace: number) => `00-${traceOf(trace)}-${CALLER}-01`;

/** What an app needs to send its spans there, at once. */
export const tracedTo = ({ url }: OtlpReceiver) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_BSP_SCHEDULE_DELAY: '20',
});

/** The spans of a trace, once the one that all others are below is among them. */
export async function received(receiver: OtlpReceiver, trace: number, root: string): Promise<ReceivedSpan[]> {
  const spans = () => receiver.trace(traceOf(trace));
  await waitFor(() => spans().some(({ name }) => name === root), {
    timeoutMs: 10_000,
    message: `the span of ${root}`,
  });
  return spans();
}
