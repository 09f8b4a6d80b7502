import type {
  AccountView,
  CurrentSessionView,
  SessionPage,
  SessionView,
  SignedIn,
} from '@kubernest/sessions';
import { z } from 'zod';

/*
 * The bodies that the routes answer with, for the OpenAPI document. Each is checked against the service's type by the
 * compiler, so that one cannot change without the other.
 */

const time = z.iso.datetime();

export const accountAnswer: z.ZodType<AccountView> = z.object({
  id: z.uuid(),
  email: z.string(),
  createdAt: time,
});

const sessionAnswer: z.ZodType<SessionView> = z.object({
  id: z.uuid(),
  createdAt: time,
  lastUsedAt: time.describe('Exact to SESSION_EXTEND_INTERVAL_SECONDS.'),
  expiresAt: time.describe('Unless it is used before.'),
  userAgent: z.string().nullable(),
  address: z.string().nullable(),
  current: z.boolean().describe('Whether this very request was made with it.'),
});

export const signedInAnswer: z.ZodType<SignedIn> = z.object({
  token: z.string().describe('For the header field Authorization: Bearer.'),
  expiresAt: time.describe('The latest end of the session, however much it is used.'),
  session: sessionAnswer,
});

export const currentSessionAnswer: z.ZodType<CurrentSessionView> = z.object({
  account: z.object({ id: z.uuid(), email: z.string() }),
  session: sessionAnswer,
});

export const sessionPageAnswer: z.ZodType<SessionPage> = z.object({
  sessions: z.array(sessionAnswer),
  nextCursor: z.string().nullable().describe('For the next page; null on the last.'),
});
