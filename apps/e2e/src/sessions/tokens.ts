import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';

export interface Claims {
  sid?: unknown;
  key?: unknown;
  iat?: number;
  exp?: unknown;
  [claim: string]: unknown;
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export function claimsOf(token: string): Claims {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims;
}

/** A JWT as somebody makes it who has this secret, or takes it for the key of another algorithm. */
export function signed(
  claims: Claims,
  secret: string,
  algorithm: 'HS256' | 'HS384' | 'HS512' = 'HS256',
): string {
  const content = `${encode({ alg: algorithm, typ: 'JWT' })}.${encode(claims)}`;
  const hash = algorithm.replace('HS', 'sha');
  return `${content}.${createHmac(hash, secret).update(content).digest('base64url')}`;
}

/** With a key pair of the attacker's own. */
export function signedRs256(claims: Claims): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const content = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${content}.${createSign('sha256').update(content).sign(privateKey, 'base64url')}`;
}

export function unsigned(claims: Claims, algorithm = 'none'): string {
  return `${encode({ alg: algorithm, typ: 'JWT' })}.${encode(claims)}.`;
}
