import { PASSWORD } from '../sessions/account-client';
import { claimsOf } from '../sessions/tokens';
import { attempt, type Attempts } from './attempts';

const bensEmail = { email: 'ben@example.com' };

export const sessionAttempts: Attempts = {
  async words({ client, ben }) {
    // His list of sessions gets more than a page.
    await client.signIn(bensEmail.email);
    const page = await client.call('GET', '/v1/sessions?limit=1', { token: ben.token });
    return {
      UPPER: ben.session.id.toUpperCase(),
      CURSOR: String(page.body['nextCursor']),
      KEY: String(claimsOf(ben.token).key),
    };
  },
  open: ['POST /v1/accounts', 'POST /v1/sessions'],
  routes: {
    'POST /v1/accounts': [
      attempt('registers his address', '/v1/accounts', 409, {
        body: { ...bensEmail, password: 'of my own' },
      }),
      attempt('registers it in another case', '/v1/accounts', 409, {
        body: { email: ' BEN@example.COM', password: 'of my own' },
      }),
      attempt('names an id', '/v1/accounts', 400, {
        body: { email: 'new@example.com', password: PASSWORD, id: '<BEN>' },
      }),
    ],
    'POST /v1/sessions': [
      attempt('signs in with her own password', '/v1/sessions', 401, {
        body: { ...bensEmail, password: 'mine' },
      }),
      attempt('signs in without one', '/v1/sessions', 400, { body: bensEmail }),
      attempt('signs in with an account id', '/v1/sessions', 400, {
        body: { ...bensEmail, password: 'x', accountId: 'x' },
      }),
    ],
    'GET /v1/sessions': [
      attempt('lists', '/v1/sessions', 200, { holds: { sessions: [{ id: '<ANN>' }] } }),
      attempt('goes on with his cursor', '/v1/sessions?cursor=<CURSOR>', 200, {
        holds: { nextCursor: null },
      }),
      attempt('names his account', '/v1/sessions?accountId=<BEN>', 400),
      attempt('names his session', '/v1/sessions?id=<BEN>', 400),
    ],
    'DELETE /v1/sessions': [
      attempt('signs out everywhere else', '/v1/sessions', 204),
      attempt('names his account', '/v1/sessions?accountId=<BEN>', 204),
    ],
    'GET /v1/sessions/current': [
      attempt('asks who she is', '/v1/sessions/current', 200, {
        holds: { account: { email: 'ann@example.com' }, session: { id: '<ANN>' } },
      }),
      attempt('names his session', '/v1/sessions/current?id=<BEN>', 200, {
        holds: { session: { id: '<ANN>' } },
      }),
    ],
    'DELETE /v1/sessions/{id}': [
      attempt('names his session', '/v1/sessions/<BEN>', 404),
      attempt('writes it in capitals', '/v1/sessions/<UPPER>', 404),
      attempt('names it after hers', '/v1/sessions/<ANN>%2C<BEN>', 404),
      attempt('names the key of his token', '/v1/sessions/<KEY>', 404),
      attempt('makes a path of it', '/v1/sessions/<BEN>%2F..%2F<BEN>', 404),
    ],
    'DELETE /v1/sessions/current': [
      attempt('signs out', '/v1/sessions/current', 204),
      attempt('names his session', '/v1/sessions/current?id=<BEN>', 204),
    ],
  },
};
