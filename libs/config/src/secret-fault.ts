import type { Variable } from './variables';

const PLACEHOLDER =
  /change[-_ ]?(me|it|this)|replace[-_ ]?(me|this)|place[-_ ]?holder|your[-_ ]|not[-_ ]?(a[-_ ])?secret|dev(elopment)?[-_ ]only|^<.*>$|^x+$/i;
/** A random secret of 32 characters has about 20 different ones; one typed on a keyboard, or repeated, far fewer. */
const MIN_DISTINCT_CHARACTERS = 10;

/** Why production must not use this secret, or undefined. Reads after the variable's name; holds no part of the value. */
export function secretFault(raw: string, variable: Variable): string | undefined {
  const secret = passwordOf(raw) ?? raw;
  if (PLACEHOLDER.test(secret)) return 'is a placeholder: production needs a value of its own';
  const minBytes = variable.minSecretBytes;
  if (minBytes === undefined) return undefined;
  if (Buffer.byteLength(secret) < minBytes) {
    return `is too short for production: at least ${minBytes} bytes, for example from "openssl rand -hex 32"`;
  }
  if (new Set(secret).size < MIN_DISTINCT_CHARACTERS) {
    return 'is too uniform for production: take a random one, for example from "openssl rand -hex 32"';
  }
  return undefined;
}

/** Of a connection URL only the password is secret: a host named `placeholder` is nobody's business. */
function passwordOf(raw: string): string | undefined {
  if (!URL.canParse(raw)) return undefined;
  const { password, host } = new URL(raw);
  return host ? decodeURIComponent(password) : undefined;
}
