import type { LocalFeature } from './local-feature';

/** To register with. */
const EXAMPLE = `'{"email":"ada@example.com","password":"correct horse"}'`;

export const localSessions: LocalFeature = {
  // Every minute, so that one sees it happen.
  settings: { SESSION_CLEANUP_SCHEDULE: '* * * * *' },
  toTry: (url) => `curl ${url}/v1/accounts -H 'content-type: application/json' -d ${EXAMPLE}`,
};
