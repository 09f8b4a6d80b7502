import { parseEnv } from 'node:util';
import { Fault } from './fault';

const ASSIGNMENT = /^\s*(?:export\s+)?[A-Za-z_]\w*\s*=\s*(.*)$/;
const BLANK_OR_COMMENT = /^\s*(?:#.*)?$/;

/**
 * The variables of a `.env` file. `parseEnv` of Node skips over what it does not understand; here that is a fault.
 *
 * @throws Fault with the number of the first broken line, and nothing of what it holds, since that may be a secret
 */
export function parseEnvFile(text: string, name: string): Record<string, string> {
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (BLANK_OR_COMMENT.test(line)) continue;
    const value = ASSIGNMENT.exec(line)?.[1];
    if (value === undefined) throw broken(name, index, 'is not of the form NAME=value');
    const end = endOfValue(lines, index, value);
    if (end === undefined) throw broken(name, index, 'opens a quote that is not closed');
    index = end;
  }
  return parseEnv(text) as Record<string, string>;
}

/** A quoted value may go on over several lines. */
function endOfValue(lines: string[], start: number, value: string): number | undefined {
  const quote = /^["'`]/.exec(value)?.[0];
  if (quote === undefined || value.includes(quote, 1)) return start;
  const end = lines.findIndex((line, index) => index > start && line.includes(quote));
  return end === -1 ? undefined : end;
}

function broken(name: string, index: number, fault: string): Fault {
  return new Fault(`${name}, line ${index + 1} ${fault}: correct that line, or put a # before it`);
}
