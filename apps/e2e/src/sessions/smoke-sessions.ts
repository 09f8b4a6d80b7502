import { randomUUID } from 'node:crypto';
import type { SmokeFeature } from '../support/smoke-suite';
import { AccountClient } from './account-client';

const address = () => `smoke-${randomUUID()}@example.com`;

export const smokeSessions: SmokeFeature = {
  tests: (target) => keepsSessions(() => new AccountClient(target())),
  async request(target) {
    const client = () => new AccountClient(target());
    const { token } = await client().join(address());
    return () => client().current(token);
  },
};

function keepsSessions(client: () => AccountClient): void {
  test('somebody registers, signs in, is known, signs out, and is known no more', async () => {
    const email = address();
    expect((await client().register(email)).status).toBe(201);
    const { status, body } = await client().signIn(email);
    expect(status).toBe(201);
    expect((await client().current(body.token)).status).toBe(200);
    expect((await client().call('DELETE', '/v1/sessions/current', { token: body.token })).status).toBe(204);
    // Each of them may go to another pod.
    const answers = await Promise.all(Array.from({ length: 20 }, () => client().current(body.token)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
  });

  test('a wrong password and a forged token are refused', async () => {
    const { token } = await client().join(address());
    expect((await client().signIn(address())).status).toBe(401);
    expect((await client().current(`${token.slice(0, -6)}AAAAAA`)).status).toBe(401);
  });
}
