import type { RunningApp } from './running-app';

export interface Answer<Body = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface Call {
  body?: unknown;
  token?: string;
  headers?: Record<string, string>;
}

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
}
