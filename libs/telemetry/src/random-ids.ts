import type { IdGenerator } from '@opentelemetry/sdk-trace';
import { randomBytes } from 'node:crypto';

const TRACE_ID_DIGITS = 32;
const SPAN_ID_DIGITS = 16;
/** For 48 requests. They are made as one text, which is kept as long as one of its ids: of a recorded trace until it has been sent. */
const BATCH_BYTES = 48 * 24;

/** Ids of traces and spans. One of nothing but zeros would be none, and does not happen. */
export class RandomIds implements IdGenerator {
  private digits = '';
  private used = 0;
  private next = this.take(TRACE_ID_DIGITS);

  /** What `generateTraceId` gives next: a sampler can be asked about a trace that does not exist yet. */
  get nextTraceId(): string {
    return this.next;
  }

  generateTraceId(): string {
    const id = this.next;
    this.next = this.take(TRACE_ID_DIGITS);
    return id;
  }

  generateSpanId(): string {
    return this.take(SPAN_ID_DIGITS);
  }

  private take(count: number): string {
    if (this.used + count > this.digits.length) {
      this.digits = randomBytes(BATCH_BYTES).toString('hex');
      this.used = 0;
    }
    this.used += count;
    return this.digits.slice(this.used - count, this.used);
  }
}
