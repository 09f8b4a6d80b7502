import type { RunningApp } from './running-app';

export interface Answer<Body = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface SignedIn {
  token: string;
  expiresAt: string;
  session: { id: string };
}

export interface Call {
  body?: unknown;
  token?: string;
  headers?: Record<string, string>;
}

export const PASSWORD = 'correct horse battery staple';

/** What a client of the API does, over HTTP. */
export class ApiClient {
  constructor(private readonly api: Pick<RunningApp, 'url'>) {}

  async call<Body = Record<string, unknown>>(
    method: string,
    path: string,
    { body, token, headers }: Call = {},
  ): Promise<Answer<Body>> {
    const response = await fetch(`${this.api.url}${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text ? JSON.parse(text) : {}) as Body,
    };
  }

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
