import { randomBytes } from 'node:crypto';
import type { Asked } from '../asked';
import type { LoadRequest } from '../load-plan';

const PASSWORD = 'correct horse battery staple';
const CURRENT = '/v1/sessions/current';
/** One that production accepts; the same for every app of this process, so that the tokens of one are good for all. */
export const JWT_SECRET = randomBytes(32).toString('hex');

export const askForSessions: Asked = {
  route: `GET ${CURRENT}`,
  settings: {
    JWT_SECRET,
    SIGN_IN_LIMIT_PER_ADDRESS: '1000000',
    SIGN_IN_LIMIT_PER_ACCOUNT: '1000000',
  },
  requests: signIn,
};

let registered = 0;

/** Registers accounts and signs in to each. @returns the request of each for its own session */
export async function signIn(url: string, accounts: number): Promise<LoadRequest[]> {
  const requests: LoadRequest[] = [];
  for (let index = 1; index <= accounts; index++) {
    const credentials = { email: `bench-${++registered}@example.org`, password: PASSWORD };
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
