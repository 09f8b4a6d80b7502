import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { isCrossSite } from './cross-site';
import { PasswordCheck } from './password-check';

/** The page sets style attributes; scripts, fonts and answers come from here and nowhere else. */
const POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': POLICY,
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

const logger = new Logger('QueuePage');

/** For every path, files and what does not exist included: the password, no request of other sites, header fields. */
export async function guardPage(server: FastifyInstance, password: string): Promise<void> {
  const { default: basicAuth } = await import('@fastify/basic-auth');
  const check = new PasswordCheck(password);
  server.addHook('onSend', (_request, reply, payload, done) => {
    // Here, because the files' own plugin sets a cache-control.
    void reply.headers(HEADERS);
    done(null, payload);
  });
  await server.register(basicAuth, {
    authenticate: { realm: 'Queues' },
    // What it resolves with is the refusal.
    validate: async (user, given, { ip }, reply) => {
      const verdict = check.judge(user, given);
      if (verdict === 'right') return undefined;
      if (verdict === 'wrong') {
        logger.warn({ msg: 'queue page: wrong user or password', address: ip });
        return refusal(401, 'wrong user or password');
      }
      void reply.header('retry-after', check.waitSeconds);
      return refusal(429, 'too many wrong passwords: try again later');
    },
  });
  server.addHook('onRequest', server.basicAuth);
  server.addHook('onRequest', ({ method, headers }, _reply, done) =>
    done(isCrossSite(method, headers) ? refusal(403, 'a page of another site asked for this') : undefined),
  );
}

function refusal(statusCode: number, message: string): Error {
  return Object.assign(new Error(message), { statusCode });
}
