import { setTimeout as wait } from 'node:timers/promises';
import { nowMs } from '../journal';
import { Clients } from './clients';
import type { FromLoad, LoadPlan, RequestRecord, ToLoad } from './load-plan';
import { KINDS } from './traffic';

// A process of its own, started by load.ts: what it costs to send must not slow down kubelet and balancer, nor they it.
const BATCH_MS = 250;
/** The shortest that a timer of Node can wait. */
const TICK_MS = 1;

let stopped = false;
let batch: RequestRecord[] = [];

process.on('message', (message: ToLoad) => {
  if (message === 'stop') stopped = true;
  else
    run(message.plan).catch((error: unknown) =>
      tell({ fault: error instanceof Error ? error.message : String(error) }),
    );
});
// Its parent has gone, however it ended.
process.on('disconnect', () => process.exit());

async function run(plan: LoadPlan): Promise<void> {
  const clients = new Clients(plan, (record) => batch.push(record));
  await clients.people.join();
  tell({ ready: true });
  const batches = setInterval(flush, BATCH_MS);
  await sendSteadily(plan, clients);
  clearInterval(batches);
  flush();
  clients.close();
  tell({ ended: true, confirmed: clients.people.confirmed });
}

/** Open loop: a request is sent when its time has come, however slow the answers to the others are. */
async function sendSteadily({ perSecond }: LoadPlan, clients: Clients): Promise<void> {
  const pattern = interleaved(perSecond);
  const beganAtMs = nowMs();
  const open = new Set<Promise<void>>();
  const total = KINDS.reduce((sum, kind) => sum + (perSecond[kind] ?? 0), 0);
  for (let sent = 0; !stopped;) {
    const dueAtMs = beganAtMs + (sent / total) * 1000;
    if (nowMs() < dueAtMs) {
      await wait(TICK_MS);
      continue;
    }
    const kind = pattern[sent++ % pattern.length];
    if (kind === undefined) break;
    const answered = clients.send(kind, dueAtMs).finally(() => open.delete(answered));
    open.add(answered);
  }
  await Promise.all(open);
}

/** Ten seconds of requests, each kind evenly spread (smooth weighted round robin). */
function interleaved(perSecond: Record<string, number>): string[] {
  const credit = new Map<string, number>(KINDS.map((kind) => [kind, 0]));
  const total = KINDS.reduce((sum, kind) => sum + (perSecond[kind] ?? 0), 0);
  return Array.from({ length: Math.round(total * 10) }, () => {
    for (const kind of KINDS) credit.set(kind, (credit.get(kind) ?? 0) + (perSecond[kind] ?? 0));
    const next = KINDS.reduce((best, kind) =>
      (credit.get(kind) ?? 0) > (credit.get(best) ?? 0) ? kind : best,
    );
    credit.set(next, (credit.get(next) ?? 0) - total);
    return next;
  });
}

function flush(): void {
  if (batch.length > 0) tell({ records: batch });
  batch = [];
}

function tell(message: FromLoad): void {
  process.send?.(message);
}
