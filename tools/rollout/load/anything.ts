import type { Agent } from 'node:http';
import { exchange, type Answer } from './exchange';
import type { LoadPlan } from './load-plan';
import type { Traffic } from './traffic';

/** Just below the default of HTTP_BODY_LIMIT_BYTES. */
const LARGE_BYTES = 1_000_000;

/** What every API has: its probes; and it reads a body to its end before it says that there is no such route. */
export const ANYTHING: Traffic = {
  shares: { probe: 0.8, 'no route': 0.11, slow: 0.05, large: 0.04 },
  settings: () => ({}),
  people: (plan) => ({
    confirmed: [],
    join: () => Promise.resolve(),
    ask: (kind, agent) => ask(plan, kind, agent),
  }),
  missing: () => Promise.resolve(0),
};

function ask({ port, slowMs, largeMs }: LoadPlan, kind: string, agent: Agent | undefined): Promise<Answer> {
  if (kind === 'probe') return exchange({ port, agent, method: 'GET', path: '/health/live', expected: 200 });
  const nothing = { port, agent, method: 'POST', path: '/nothing', expected: 404 };
  if (kind === 'slow') return exchange({ ...nothing, body: JSON.stringify({ of: kind }), uploadMs: slowMs });
  if (kind === 'large')
    return exchange({ ...nothing, body: JSON.stringify('x'.repeat(LARGE_BYTES)), uploadMs: largeMs });
  return exchange({ ...nothing, body: '{}' });
}
