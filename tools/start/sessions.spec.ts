import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { features } from './local-feature';
import { localSecret, workspace } from './local-files';
import { localSessions } from './sessions';
import { environmentOf } from './settings';

test('the secret that signs tokens is one of this clone', () => {
  const servers = { DATABASE_URL: 'postgres://embedded', REDIS_URL: 'redis://embedded' };
  expect(environmentOf('api', {}, servers)['JWT_SECRET']).toBe(localSecret('JWT_SECRET'));
  expect(environmentOf('api', { JWT_SECRET: 'mine' }, servers)['JWT_SECRET']).toBe('mine');
});

test('the README registers the account that npm start says to try, with the same password', () => {
  const readme = readFileSync(join(workspace, 'README.md'), 'utf8');
  expect(features).toContain(localSessions);
  const [, body = ''] = /'(\{"email".*?\})'/.exec(localSessions.toTry('')) ?? [];
  const { email, password } = JSON.parse(body) as { email: string; password: string };
  expect(readme).toContain(`{"email": "${email}", "password": "${password}"}`);
});
