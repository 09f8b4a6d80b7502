import { z } from 'zod';

/*
 * From the string in the environment to a typed value. A schema's description reads after "must be" in an error, and
 * stands as the type in docs/configuration.md; zod's own messages are not used, because some quote the rejected value.
 */

export function integer({ min, max }: { min: number; max: number }) {
  return z
    .string()
    .regex(/^-?\d{1,15}$/)
    .transform(Number)
    .refine((value) => value >= min && value <= max)
    .describe(`an integer from ${min} to ${max}`);
}

/** A time span in whole milliseconds or seconds; the variable's name ends in the unit. */
export function duration({ min, max, unit }: { min: number; max: number; unit: 'ms' | 's' }) {
  return integer({ min, max }).describe(
    `a whole number of ${unit === 'ms' ? 'milliseconds' : 'seconds'} from ${min} to ${max}`,
  );
}

/** Only the words `true` and `false`: "0", "no" and "off" are refused rather than guessed at. */
export function boolean() {
  return z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .describe('true or false');
}

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values).describe(`one of ${values.join(', ')}`);
}

/** Comma-separated; the word `none` is the empty list, because an empty variable counts as not set. */
export function listOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z
    .string()
    .transform((value) => (value.trim() === 'none' ? [] : value.split(',').map((item) => item.trim())))
    .pipe(z.array(z.enum(values)))
    .describe(`a comma-separated list of ${values.join(', ')}, or none`);
}

export function text({ min = 1, max = 4096 }: { min?: number; max?: number } = {}) {
  return z.string().min(min).max(max).describe(`text of ${min} to ${max} characters`);
}

export function url(protocols: readonly string[]) {
  return z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.some((protocol) => value.startsWith(`${protocol}://`)),
    )
    .describe(`a URL that begins with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`);
}
