import type { IdGenerator } from '@opentelemetry/sdk-trace';
import { randomBytes } from 'node:crypto';

const TRACE_ID_DIGITS = 32;
const SPAN_ID_DIGITS = 16;
/** Some hundred ids: each is a part of a text that is made at once. */
const BATCH_BYTES = 4096;

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
