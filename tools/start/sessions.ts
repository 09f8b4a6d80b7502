import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalFeature } from './local-feature';
import { localFolder, writeSecretFile } from './local-files';

const SECRET_BYTES = 32;
/** To register with. */
const EXAMPLE = `'{"email":"ada@example.com","password":"correct horse"}'`;

export const localSessions: LocalFeature = {
  settings: (given) => ({
    // Every minute, so that one sees it happen.
    SESSION_CLEANUP_SCHEDULE: '* * * * *',
    ...(given('JWT_SECRET') ? {} : { JWT_SECRET: jwtSecret() }),
  }),
  toTry: (url) => `curl ${url}/v1/accounts -H 'content-type: application/json' -d ${EXAMPLE}`,
};

/** A secret of this clone, the same at every start, so that sessions survive a restart. */
function jwtSecret(): string {
  const file = join(localFolder, 'jwt-secret');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  writeSecretFile(file, `${secret}\n`);
  return secret;
}
