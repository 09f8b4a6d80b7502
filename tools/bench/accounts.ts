import type { LoadRequest } from './load-plan';

const PASSWORD = 'correct horse battery staple';
const CURRENT = '/v1/sessions/current';

/** Registers accounts and signs in to each. @returns the request of each for its own session */
export async function signIn(url: string, accounts: number): Promise<LoadRequest[]> {
  const requests: LoadRequest[] = [];
  for (let index = 1; index <= accounts; index++) {
    const credentials = { email: `bench-${index}@example.org`, password: PASSWORD };
    await post(`${url}/v1/accounts`, credentials);
    const { token } = await post<{ token: string }>(`${url}/v1/sessions`, credentials);
    requests.push({ path: CURRENT, token });
  }
  return requests;
}

async function post<Body>(url: string, body: object): Promise<Body> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (response.status !== 201)
    throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Body;
}
