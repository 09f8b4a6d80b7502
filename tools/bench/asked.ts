import type { LoadRequest } from './load-plan';
import { askForSessions } from './sessions/ask-for-sessions';

/** What a feature has the API asked for. */
export interface Asked {
  /** `GET /v1/invoices` */
  route: string;
  /** What else the API needs to answer. */
  settings: NodeJS.ProcessEnv;
  /** @returns the requests that so many clients send again and again */
  requests: (url: string, clients: number) => Promise<LoadRequest[]>;
}

/** The first one is measured. */
const features: Asked[] = [askForSessions];

/** Without any feature, what is always there. */
export const asked: Asked = features[0] ?? {
  route: 'GET /openapi.json',
  settings: {},
  requests: () => Promise.resolve([{ path: '/openapi.json', token: '' }]),
};
