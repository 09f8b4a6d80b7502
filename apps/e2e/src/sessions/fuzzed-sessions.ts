import { createHmac } from 'node:crypto';
import type { Bearer, FuzzedFeature } from '../support/fuzz-client';
import { AccountClient, PASSWORD } from './account-client';

const OWNER = 'owner@example.com';
const EMAIL = 'fuzz@example.com';

export const fuzzedSessions: FuzzedFeature = {
  settings: { SIGN_IN_LIMIT_PER_ADDRESS: '1000000', SIGN_IN_LIMIT_PER_ACCOUNT: '100' },
  secrets: ({ env }) => [EMAIL, PASSWORD, env['JWT_SECRET'] ?? ''],
  async begin(api, environment) {
    const client = new AccountClient(api);
    const bearer = new Owner(client);
    await bearer.token('live');
    await client.register(EMAIL);
    const sessions = await environment.sql<{ id: string }>('SELECT id FROM session');
    const id = ['current', ...sessions.map((session) => session.id)];
    return { known: { email: [EMAIL], password: [PASSWORD], id }, bearer };
  },
};

/** Signs in past the fuzzing, since that has to succeed. */
class Owner implements Bearer {
  private live = '';
  private dead = '';

  constructor(private readonly client: AccountClient) {}

  async token(kind: 'live' | 'dead' | 'forged'): Promise<string> {
    if (!this.dead) await this.join();
    if (kind === 'forged') return forge(this.dead);
    if (kind === 'dead') return this.dead;
    if (!this.live) await this.signIn();
    return this.live;
  }

  ended(): void {
    this.live = '';
  }

  private async join(): Promise<void> {
    const { token } = await this.client.join(OWNER);
    await this.client.call('DELETE', '/v1/sessions/current', { token });
    this.dead = token;
  }

  private async signIn(): Promise<void> {
    const { status, body } = await this.client.signIn(OWNER);
    if (status !== 201) throw new Error(`sign-in answered ${status}`);
    this.live = body.token;
  }
}

function forge(token: string): string {
  const signed = token.split('.').slice(0, 2).join('.');
  return `${signed}.${createHmac('sha256', 'not the secret of the app').update(signed).digest('base64url')}`;
}
