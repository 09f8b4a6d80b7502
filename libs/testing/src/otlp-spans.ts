/* As much of OTLP's protobuf (opentelemetry/proto/trace/v1/trace.proto) as a test asks for. */

export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  /** Undefined for the first span of a trace. */
  parentSpanId: string | undefined;
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  attributes: Attributes;
  failed: boolean;
  durationMs: number;
  /** Attributes of the process that it comes from. */
  resource: Attributes;
}

export type Attributes = Record<string, unknown>;

const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const STATUS_ERROR = 2n;
const NS_PER_MS = 1e6;
const EMPTY: Message = new Map();

/** @param request the body of an ExportTraceServiceRequest */
export function decodeSpans(request: Uint8Array): ReceivedSpan[] {
  return messages(decode(request), 1).flatMap((resourceSpans) => {
    const resource = attributes(messages(resourceSpans, 1)[0] ?? EMPTY, 1);
    return messages(resourceSpans, 2).flatMap((scopeSpans) =>
      messages(scopeSpans, 2).map((span) => ({ ...describe(span), resource })),
    );
  });
}

function describe(span: Message): Omit<ReceivedSpan, 'resource'> {
  const parent = hex(span, 4);
  const [status = EMPTY] = messages(span, 15);
  return {
    traceId: hex(span, 1),
    spanId: hex(span, 2),
    parentSpanId: parent === '' ? undefined : parent,
    name: text(span, 5),
    kind: KINDS[Number(number(span, 6))] ?? 'internal',
    attributes: attributes(span, 9),
    failed: number(status, 3) === STATUS_ERROR,
    durationMs: Number(number(span, 8) - number(span, 7)) / NS_PER_MS,
  };
}

function attributes(message: Message, field: number): Attributes {
  return Object.fromEntries(
    messages(message, field).map((pair) => [text(pair, 1), anyValue(messages(pair, 2)[0] ?? EMPTY)]),
  );
}

function anyValue(value: Message): unknown {
  if (value.has(1)) return text(value, 1);
  if (value.has(2)) return number(value, 2) === 1n;
  if (value.has(3)) return Number(number(value, 3));
  if (value.has(4)) return new Float64Array(new BigUint64Array([number(value, 4)]).buffer)[0];
  return messages(messages(value, 5)[0] ?? EMPTY, 1).map(anyValue);
}

/** Numbers and bytes, by the number of their field. */
type Message = Map<number, (bigint | Uint8Array)[]>;

function decode(bytes: Uint8Array): Message {
  const reader = new Reader(bytes);
  const message: Message = new Map();
  while (!reader.atEnd) {
    const tag = Number(reader.varint());
    const values = message.get(tag >>> 3) ?? [];
    values.push(reader.value(tag & 7));
    message.set(tag >>> 3, values);
  }
  return message;
}

class Reader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get atEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  value(wireType: number): bigint | Uint8Array {
    if (wireType === 0) return this.varint();
    if (wireType === 1) return littleEndian(this.take(8));
    if (wireType === 2) return this.take(Number(this.varint()));
    if (wireType === 5) return littleEndian(this.take(4));
    throw new Error(`OTLP has no wire type ${wireType}`);
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const [byte = 0] = this.take(1);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  }

  private take(length: number): Uint8Array {
    this.at += length;
    if (this.at > this.bytes.length) throw new Error('The OTLP message ends too early');
    return this.bytes.subarray(this.at - length, this.at);
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function bytesOf(message: Message, field: number): Uint8Array[] {
  return (message.get(field) ?? []).filter((value) => typeof value !== 'bigint');
}

function messages(message: Message, field: number): Message[] {
  return bytesOf(message, field).map(decode);
}

function text(message: Message, field: number): string {
  return Buffer.from(bytesOf(message, field)[0] ?? []).toString('utf8');
}

function hex(message: Message, field: number): string {
  return Buffer.from(bytesOf(message, field)[0] ?? []).toString('hex');
}

function number(message: Message, field: number): bigint {
  const [value] = message.get(field) ?? [];
  return typeof value === 'bigint' ? value : 0n;
}
