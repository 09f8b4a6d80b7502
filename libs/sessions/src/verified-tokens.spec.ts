import { UnauthenticatedError } from '@kubernest/errors';
import { randomUUID } from 'node:crypto';
import { hashOfKey, newKey, SessionTokens } from './session-token';
import { SECRET } from './testing/sessions-fixture';
import type { SessionsConfig } from './variables';
import { VerifiedTokens } from './verified-tokens';

const inAnHour = () => new Date(Date.now() + 3_600_000);
const claims = () => ({ sessionId: randomUUID(), key: newKey() });

let tokens: SessionTokens;
let verified: VerifiedTokens;
let check: jest.SpyInstance;
beforeEach(() => {
  tokens = new SessionTokens({ JWT_SECRET: SECRET } as SessionsConfig);
  verified = new VerifiedTokens(tokens);
  check = jest.spyOn(tokens, 'verify');
});
afterEach(() => {
  jest.restoreAllMocks();
});

function expectRefused(token: string): void {
  expect(() => verified.verify(token)).toThrow(UnauthenticatedError);
}

describe('a token that comes again', () => {
  it('says the same, and its signature is checked once', () => {
    const signed = claims();
    const token = tokens.sign(signed, inAnHour());
    const first = verified.verify(token);
    expect(first).toMatchObject({ sessionId: signed.sessionId, keyHash: hashOfKey(signed.key) });
    for (let time = 0; time < 10; time += 1) expect(verified.verify(token)).toEqual(first);
    expect(check).toHaveBeenCalledTimes(1);
  });

  it('is refused from its end on', () => {
    const expiresAt = new Date(Math.ceil(Date.now() / 1000) * 1000 + 5_000);
    const token = tokens.sign(claims(), expiresAt);
    verified.verify(token);
    const now = jest.spyOn(Date, 'now').mockReturnValue(expiresAt.getTime() - 1);
    verified.verify(token);
    now.mockReturnValue(expiresAt.getTime() + 1);
    expectRefused(token);
    expectRefused(token);
  });

  it('is refused when any one character was changed meanwhile', () => {
    const token = tokens.sign(claims(), inAnHour());
    verified.verify(token);
    for (let at = 0; at < token.length - 1; at += 1)
      expectRefused(token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1));
  });
});

it('a forged token is checked, and refused, each time', () => {
  const forged = new SessionTokens({ JWT_SECRET: 'another secret, which is not ours' } as SessionsConfig);
  const token = forged.sign(claims(), inAnHour());
  expectRefused(token);
  expectRefused(token);
  expect(check).toHaveBeenCalledTimes(2);
});

it('of many tokens the ones that do not come again are forgotten', () => {
  const signed = Array.from({ length: 6_001 }, () => tokens.sign(claims(), inAnHour()));
  const [often = '', once = ''] = signed;
  for (const token of signed) {
    verified.verify(token);
    verified.verify(often);
  }
  expect(check).toHaveBeenCalledTimes(signed.length);
  verified.verify(once);
  expect(check).toHaveBeenCalledTimes(signed.length + 1);
});
