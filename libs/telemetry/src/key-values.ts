import { z } from 'zod';

const PAIR = /^([^\s=,;"\\()]+)=([^\s,;"\\]*)$/;

/** As OpenTelemetry writes lists in the environment: `key=value,key=value`, with %-escapes for what would end a value. */
export function keyValues() {
  return z
    .string()
    .transform((text, context) => {
      const pairs = text.split(',').map((pair) => decoded(pair.trim()));
      if (pairs.every((pair) => pair !== undefined)) return Object.fromEntries(pairs);
      context.addIssue({ code: 'custom' });
      return z.NEVER;
    })
    .optional()
    .describe('a list such as key=value,key=value with %-escapes, or not set');
}

function decoded(pair: string): readonly [string, string] | undefined {
  const [, key, value] = PAIR.exec(pair) ?? [];
  if (key === undefined || value === undefined) return undefined;
  try {
    return [decodeURIComponent(key), decodeURIComponent(value)];
  } catch {
    return undefined;
  }
}
