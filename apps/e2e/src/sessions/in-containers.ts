import type { TriedInContainers } from '../image/container';
import { AccountClient } from './account-client';

export const sessionsInContainers: TriedInContainers[] = [
  {
    what: 'the api serves with its native addon',
    async holds(_environment, run) {
      const client = new AccountClient(await (await run('api', [])).ready());
      const { token } = await client.join('ada@example.com');
      expect((await client.current(token)).status).toBe(200);
    },
  },
  {
    what: 'the worker, given the command as its argument, deletes what has expired once and exits with 0',
    async holds(environment, run) {
      await new AccountClient(await (await run('api', [])).ready()).join('grace@example.com');
      await environment.sql(`UPDATE session SET expires_at = now() - interval '1 hour'`);
      const cleanup = await run('worker', ['cleanup-expired-sessions']);
      expect(await cleanup.exit()).toBe(0);
      expect(await environment.sql('SELECT 1 FROM session')).toEqual([]);
    },
  },
];
