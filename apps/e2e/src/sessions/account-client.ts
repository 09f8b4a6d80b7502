import { ApiClient, type Answer } from '../support/api-client';

export interface SignedIn {
  token: string;
  expiresAt: string;
  session: { id: string };
}

export const PASSWORD = 'correct horse battery staple';

/** What somebody does who has an account. */
export class AccountClient extends ApiClient {
  register(email: string, password = PASSWORD): Promise<Answer> {
    return this.call('POST', '/v1/accounts', { body: { email, password } });
  }

  signIn(email: string, password = PASSWORD): Promise<Answer<SignedIn>> {
    return this.call('POST', '/v1/sessions', { body: { email, password } });
  }

  current(token: string): Promise<Answer> {
    return this.call('GET', '/v1/sessions/current', { token });
  }

  /** Registers and signs in. */
  async join(email: string): Promise<SignedIn> {
    await this.register(email);
    const { status, body } = await this.signIn(email);
    if (status !== 201) throw new Error(`sign-in answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }
}
