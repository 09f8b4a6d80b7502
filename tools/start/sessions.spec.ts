import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { features } from './local-feature';
import { localFolder, workspace } from './local-files';
import { localSessions } from './sessions';

const settings = (...given: string[]) => localSessions.settings((name) => given.includes(name));

test('the secret that signs tokens is the same at every start, and nobody else may read it', () => {
  expect(settings()['JWT_SECRET']).toBe(settings()['JWT_SECRET']);
  expect(statSync(join(localFolder, 'jwt-secret')).mode & 0o077).toBe(0);
  expect(settings('JWT_SECRET')).toEqual({ SESSION_CLEANUP_SCHEDULE: '* * * * *' });
});

test('the README registers the account that npm start says to try, with the same password', () => {
  const readme = readFileSync(join(workspace, 'README.md'), 'utf8');
  expect(features).toContain(localSessions);
  const [, body = ''] = /'(\{"email".*?\})'/.exec(localSessions.toTry('')) ?? [];
  const { email, password } = JSON.parse(body) as { email: string; password: string };
  expect(readme).toContain(`{"email": "${email}", "password": "${password}"}`);
});
