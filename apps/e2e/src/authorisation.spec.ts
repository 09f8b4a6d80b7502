import { spelledOut, type Attempt, type Attempts } from './authorisation/attempts';
import { probeAttempts } from './authorisation/probes';
import { sessionAttempts } from './authorisation/sessions';
import { AccountClient, SignedIn } from './sessions/account-client';
import { ApiDescription, Route } from './support/api-description';
import { Environment, freshEnvironment } from './support/environment';
import { killRunning, RunningApp } from './support/running-app';
import { claimsOf, signed } from './sessions/tokens';

/** A route without attempts fails: think of what it takes from a client. */
const features: Attempts[] = [probeAttempts, sessionAttempts];
const attempts = Object.assign({}, ...features.map(({ routes }) => routes)) as Record<string, Attempt[]>;

let environment: Environment;
let client: AccountClient;
let description: ApiDescription;
let ann: SignedIn;
let ben: SignedIn;
/** What is Ben's, by the word that stands for it. */
let bens: Record<string, string>;
beforeAll(async () => {
  environment = await freshEnvironment();
  const api = await (await RunningApp.start('api', environment.env)).ready();
  client = new AccountClient(api);
  description = await ApiDescription.of(api);
  ann = await client.join('ann@example.com');
  ben = await client.join('ben@example.com');
  bens = { BEN: ben.session.id };
  for (const { words } of features) Object.assign(bens, await words?.({ client, ann, ben }));
});
afterAll(async () => {
  await killRunning();
  await environment.close();
});

/** All that is Ben's, in every table that has rows of accounts. */
async function bensState(): Promise<unknown[]> {
  const [account] = await environment.sql<{ id: string }>(
    `SELECT * FROM account WHERE email = 'ben@example.com'`,
  );
  const tables = await environment.sql<{ name: string }>(
    `SELECT quote_ident(table_name) AS name FROM information_schema.columns
     WHERE table_schema = 'public' AND column_name = 'account_id' ORDER BY name`,
  );
  const rows = tables.map(({ name }) =>
    environment.sql(`SELECT * FROM ${name} WHERE account_id = $1 ORDER BY ${name}::text`, [account?.id]),
  );
  return [account, ...(await Promise.all(rows))];
}

test('every route of the OpenAPI document has attempts, and there are none for other routes', () => {
  expect(Object.keys(attempts).sort()).toEqual(description.routes.map(({ name }) => name).sort());
});

describe.each(Object.entries(attempts))('%s', (name, ways) => {
  test.each(ways.map((way) => [way.what, way] as const))(
    'when Ann %s: nothing of Ben is told or changed',
    async (_what, way) => {
      const before = await bensState();
      const { path, body, status, holds = {} } = spelledOut(way, { ...bens, ANN: ann.session.id });
      const options = { token: ann.token, ...(body && { body }) };
      const answer = await client.call(description.route(name).method, path, options);
      expect(answer.status).toBe(status);
      expect(answer.body).toMatchObject(holds);
      if (answer.status < 300)
        for (const secret of [...Object.values(bens), 'ben@example.com'])
          expect(JSON.stringify(answer.body)).not.toContain(secret);
      expect(await bensState()).toEqual(before);
      expect((await client.current(ben.token)).status).toBe(200);
      if ((await client.current(ann.token)).status === 401)
        ann = (await client.signIn('ann@example.com')).body;
    },
  );

  test('needs a session where it says so: no token, that of a revoked session and a mix of two are all 401', async () => {
    const route = description.route(name);
    const before = await bensState();
    const path = route.path.replace('{id}', ben.session.id);
    for (const token of await unfitTokens()) {
      const answer = await client.call(route.method, path, token === undefined ? {} : { token });
      if (isOpen(route)) expect(answer.status).not.toBe(401);
      else expect(answer.status).toBe(401);
    }
    expect(await bensState()).toEqual(before);
  });
});

async function unfitTokens(): Promise<(string | undefined)[]> {
  const revoked = (await client.signIn('ann@example.com')).body.token;
  await client.call('DELETE', '/v1/sessions/current', { token: revoked });
  const [head, , signature] = ann.token.split('.');
  const mixed = `${head ?? ''}.${ben.token.split('.')[1] ?? ''}.${signature ?? ''}`;
  const swapped = signed(
    { ...claimsOf(ann.token), sid: claimsOf(ben.token).sid },
    environment.env['JWT_SECRET'] ?? '',
  );
  return [undefined, revoked, mixed, swapped];
}

function isOpen({ security }: Route): boolean {
  return !security;
}

test('only what is meant to be is open to everybody', () => {
  const open = description.routes.filter(isOpen).map(({ name }) => name);
  expect(open.sort()).toEqual(features.flatMap((feature) => feature.open).sort());
});
