import type { Variable } from './variables';

const PLACEHOLDER =
  /change[-_ ]?(me|it|this)|replace[-_ ]?(me|this)|place[-_ ]?holder|your[-_ ]|not[-_ ]?(a[-_ ])?secret|dev(elopment)?[-_ ]only|^<.*>$|^x+$/i;
/** What Kubernetes, a shell or a chart should have put a value for. */
const UNFILLED_TEMPLATE = /\$\{\w+\}|\$\(\w+\)|\{\{.*\}\}/;
/** What databases and examples come with. */
const WELL_KNOWN = /^(pass(word)?|secret|postgres(ql)?|redis|admin|root|test|example|default)[\d!]*$/i;
/** A random secret of 32 characters has about 20 different ones; one typed on a keyboard far fewer. */
const MIN_DISTINCT_CHARACTERS = 10;
const REPEATED = /^(.+?)\1+$/s;

const RANDOM = 'for example from "openssl rand -hex 32"';

/** Why production must not use this secret, or undefined. Reads after the variable's name; holds no part of the value. */
export function secretFault(raw: string, variable: Variable): string | undefined {
  const secret = passwordOf(raw) ?? raw;
  if (PLACEHOLDER.test(secret)) return 'is a placeholder: production needs a value of its own';
  if (UNFILLED_TEMPLATE.test(secret)) return 'is a template that nothing has filled in';
  if (WELL_KNOWN.test(secret)) return 'is a password that everybody knows: production needs one of its own';
  const minBytes = variable.minSecretBytes;
  if (minBytes === undefined) return undefined;
  if (Buffer.byteLength(secret) < minBytes)
    return `is too short for production: at least ${minBytes} bytes, ${RANDOM}`;
  if (new Set(secret).size < MIN_DISTINCT_CHARACTERS || REPEATED.test(secret))
    return `is too uniform for production: take a random one, ${RANDOM}`;
  return undefined;
}

/** Of a connection URL only the password is secret: a host named `placeholder` is nobody's business. */
function passwordOf(raw: string): string | undefined {
  if (!URL.canParse(raw)) return undefined;
  const { password, host } = new URL(raw);
  return host ? decoded(password) : undefined;
}

function decoded(password: string): string {
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}
