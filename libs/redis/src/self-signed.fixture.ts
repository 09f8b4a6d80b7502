import { createSign, generateKeyPairSync } from 'node:crypto';

/*
 * A certificate for 127.0.0.1 that is its own authority, made anew for each run: DER (ITU-T X.690) of a certificate (RFC
 * 5280), written by hand because Node reads certificates but makes none, and bare machines have no openssl.
 */

const ECDSA_WITH_SHA256 = oid('2a8648ce3d040302');
const COMMON_NAME = oid('550403');
const BASIC_CONSTRAINTS = oid('551d13');
const SUBJECT_ALTERNATIVE_NAME = oid('551d11');

export function selfSigned(): { key: string; cert: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const content = certificateContent(publicKey.export({ type: 'spki', format: 'der' }));
  const signature = createSign('sha256').update(content).sign(privateKey);
  const cert = sequence(content, sequence(ECDSA_WITH_SHA256), bits(signature));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${cert.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  };
}

function certificateContent(publicKey: Buffer): Buffer {
  const name = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from('redis of a test')))));
  const now = Date.now();
  const validity = sequence(utcTime(now - 3_600_000), utcTime(now + 3_600_000));
  const isAuthority = sequence(der(0x01, Buffer.from([0xff])));
  const forLoopback = sequence(der(0x87, Buffer.from([127, 0, 0, 1])));
  const extensions = sequence(
    sequence(BASIC_CONSTRAINTS, der(0x04, isAuthority)),
    sequence(SUBJECT_ALTERNATIVE_NAME, der(0x04, forLoopback)),
  );
  const version3 = der(0xa0, integer(2));
  const algorithm = sequence(ECDSA_WITH_SHA256);
  return sequence(version3, integer(1), algorithm, name, validity, name, publicKey, der(0xa3, extensions));
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function integer(value: number): Buffer {
  return der(0x02, Buffer.from([value]));
}

function bits(content: Buffer): Buffer {
  return der(0x03, Buffer.concat([Buffer.from([0]), content]));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function utcTime(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}
