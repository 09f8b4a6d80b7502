import type { LogLine } from './running-app';

const PARTS = new Set(['type', 'message', 'code', 'stack', 'cause', 'errors']);
/** Under which an error may be looked for in vain. */
const OTHER_NAMES = ['error', 'exception', 'reason', 'cause', 'stack'];

/** What is wrong with how a line tells of an error: there is one shape, `err`. */
export function shapeFaults(line: LogLine): string[] {
  const misnamed = OTHER_NAMES.filter((name) => name in line).map((name) => `${name} in place of err`);
  const misshapen = 'err' in line && !isLoggedError(line['err']) ? ['err of another shape'] : [];
  return [...misnamed, ...misshapen].map((fault) => `${fault}: ${JSON.stringify(line)}`);
}

function isLoggedError(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { type, message, cause, errors } = value as Record<string, unknown>;
  return (
    typeof type === 'string' &&
    typeof message === 'string' &&
    Object.keys(value).every((name) => PARTS.has(name)) &&
    (cause === undefined || isLoggedError(cause)) &&
    (errors === undefined || (Array.isArray(errors) && errors.every(isLoggedError)))
  );
}
