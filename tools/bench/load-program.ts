import { sendClosedLoad } from './closed-load';
import type { LoadPlan } from './load-plan';
import { sendSteadyLoad } from './steady-load';

// A process of its own, started by load.ts: what it costs to send requests must not slow down who measures, or who answers.
process.on('message', (plan: LoadPlan) => {
  const sending = plan.kind === 'closed' ? sendClosedLoad(plan) : sendSteadyLoad(plan);
  sending.then(
    (outcome) => process.send?.({ outcome }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
// Its parent has gone, however it ended.
process.on('disconnect', () => process.exit());
