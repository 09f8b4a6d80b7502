import { UnauthenticatedError } from '@kubernest/errors';
import { createSigner } from 'fast-jwt';
import { randomUUID } from 'node:crypto';
import { newKey, SessionTokens } from './session-token';
import { SECRET } from './testing/sessions-fixture';
import type { SessionsConfig } from './variables';

const PREVIOUS = 'the-secret-that-was-used-before-this-one';
const inAnHour = () => new Date(Date.now() + 3_600_000);

function tokens(secrets: Partial<SessionsConfig> = {}): SessionTokens {
  return new SessionTokens({ JWT_SECRET: SECRET, ...secrets } as SessionsConfig);
}

function claims() {
  return { sessionId: randomUUID(), key: newKey() };
}

function expectRefused(token: string, by = tokens()): void {
  expect(() => by.verify(token)).toThrow(UnauthenticatedError);
}

describe('a session token', () => {
  it('gives back what was signed', () => {
    const signed = claims();
    const expiresAt = new Date(Math.ceil(Date.now() / 1000 + 3_600) * 1000);
    const expected = { ...signed, expiresAtMs: expiresAt.getTime() };
    expect(tokens().verify(tokens().sign(signed, expiresAt))).toEqual(expected);
  });

  it('is accepted with the previous secret, and signed with the current one', () => {
    const old = tokens({ JWT_SECRET: PREVIOUS }).sign(claims(), inAnHour());
    const rotated = tokens({ JWT_SECRET: SECRET, JWT_SECRET_PREVIOUS: PREVIOUS });
    expect(rotated.verify(old)).toBeDefined();
    expect(tokens().verify(rotated.sign(claims(), inAnHour()))).toBeDefined();
  });

  it('is refused once its secret is neither', () => {
    expectRefused(tokens({ JWT_SECRET: PREVIOUS }).sign(claims(), inAnHour()));
  });

  it('is refused after its end', () => {
    expectRefused(tokens().sign(claims(), new Date(Date.now() - 2_000)));
  });

  it('is refused when any one character is changed', () => {
    const token = tokens().sign(claims(), inAnHour());
    for (let at = 0; at < token.length - 1; at += 1) {
      const other = token[at] === 'A' ? 'B' : 'A';
      expectRefused(token.slice(0, at) + other + token.slice(at + 1));
    }
  });

  it('is refused when truncated anywhere', () => {
    const token = tokens().sign(claims(), inAnHour());
    for (let length = 0; length < token.length; length += 1) expectRefused(token.slice(0, length));
  });

  it.each(['HS384', 'HS512'] as const)('is refused with the algorithm %s', (algorithm) => {
    const { sessionId: sid, key } = claims();
    const exp = Math.ceil(inAnHour().getTime() / 1000);
    expectRefused(createSigner({ key: SECRET, algorithm })({ sid, key, exp }));
  });

  it('is refused with the algorithm none, with and without its signature', () => {
    const [, body = '', signature = ''] = tokens().sign(claims(), inAnHour()).split('.');
    for (const alg of ['none', 'None', 'NONE']) {
      const header = Buffer.from(JSON.stringify({ alg, typ: 'JWT' })).toString('base64url');
      expectRefused(`${header}.${body}.`);
      expectRefused(`${header}.${body}.${signature}`);
    }
  });

  it.each([
    ['has no end', { sid: randomUUID(), key: newKey() }],
    ['has no session', { key: newKey(), exp: 9_999_999_999 }],
    ['has no key', { sid: randomUUID(), exp: 9_999_999_999 }],
    ['names something that is no session id', { sid: "' OR 1=1", key: newKey(), exp: 9_999_999_999 }],
    ['has a key that is no string', { sid: randomUUID(), key: { $ne: '' }, exp: 9_999_999_999 }],
  ])('that was signed with our secret for something else is refused: it %s', (_, payload) => {
    expectRefused(createSigner({ key: SECRET, algorithm: 'HS256' })(payload));
  });

  it('that is much longer than ours is refused without a look', () => {
    const long = createSigner({ key: SECRET, algorithm: 'HS256' })({
      ...{ sid: randomUUID(), key: newKey(), exp: 9_999_999_999 },
      padding: 'x'.repeat(1_000),
    });
    expectRefused(long);
  });
});
