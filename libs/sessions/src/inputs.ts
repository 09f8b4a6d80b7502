import { z } from 'zod';

/** RFC 5321: a path has at most 256 octets, two of them brackets. */
const EMAIL_MAX = 254;
const PASSWORD_MIN = 8;
/** Bounds what is hashed; 256 UTF-16 units are at most 768 bytes. */
const PASSWORD_MAX = 256;

const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(EMAIL_MAX)
  .check(z.email())
  .describe('Case and surrounding spaces do not matter.');

/** Half a surrogate pair has no UTF-8: every one would be hashed as the same U+FFFD, and so open the account of another. */
const password = z
  .string()
  .max(PASSWORD_MAX)
  .refine((text) => text.isWellFormed(), 'Invalid Unicode: half a surrogate pair');

/** Who wants an account. Unknown fields are refused. */
export const registrationSchema = z.strictObject({
  email,
  password: password.min(PASSWORD_MIN),
});

/** Who signs in. A password that is too short to be one is a wrong one, not a fault of the input. */
export const credentialsSchema = z.strictObject({
  email,
  password: password.min(1),
});

/** Which part of a list, from a query string. */
export const pageSchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20).describe('How many at most.'),
  cursor: z
    .string()
    .max(200)
    .optional()
    .describe('`nextCursor` of the page before; without one, the first page.'),
});

export const sessionIdSchema = z.uuid();

export type Registration = z.output<typeof registrationSchema>;
export type Credentials = z.output<typeof credentialsSchema>;
export type Page = z.output<typeof pageSchema>;

/** Where a request comes from, as the app knows it. */
export interface Client {
  /** IPv4 or IPv6 address. */
  address: string;
  userAgent?: string | undefined;
}
