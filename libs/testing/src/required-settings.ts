import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspace } from './workspace';

/** In `.env.example`: what is said of a variable, and its line. */
const ENTRY = /^((?:# .*\n)+)#?([A-Z][A-Z\d_]*)=(.*)$/gm;
const PLACEHOLDER = /change-me/;
const SECRET_BYTES = 32;

interface Required {
  name: string;
  example: string;
  /** Whether the example stands for a random value. */
  secret: boolean;
}

/** The variables, beside the addresses of the stores, without which a process of ours does not start. */
export function requiredVariables(documented = envExample()): Required[] {
  return Array.from(documented.matchAll(ENTRY), ([, facts = '', name = '', example = '']) => ({
    name,
    example,
    required: / Required\.\n$/.test(facts.replace(/\n# /g, ' ')),
  }))
    .filter(({ required, example }) => required && !example.includes('://'))
    .map(({ name, example }) => ({ name, example, secret: PLACEHOLDER.test(example) }));
}

/** A value of each of them, which production takes, too. */
export function requiredSettings(documented = envExample()): Record<string, string> {
  return Object.fromEntries(
    requiredVariables(documented).map(({ name, example, secret }) => [
      name,
      secret ? randomBytes(SECRET_BYTES).toString('hex') : example,
    ]),
  );
}

function envExample(): string {
  return readFileSync(join(workspace, '.env.example'), 'utf8');
}
