import { Agent, get } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { Latencies } from './latencies';
import type { LoadOutcome, LoadRequest, SteadyLoad } from './load-plan';

const ANSWER_TIMEOUT_MS = 10_000;

/**
 * Not autocannon, which sends what a rate allows in one burst at the beginning of each second.
 *
 * A latency counts from the moment its request was sent; none waits for another, so a slow answer hides no later one.
 */
export async function sendSteadyLoad(plan: SteadyLoad): Promise<LoadOutcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: plan.connections, scheduling: 'fifo' });
  const latencies = new Latencies();
  const answers: Promise<void>[] = [];
  const beganAtMs = performance.now();
  const total = Math.round((plan.durationMs / 1000) * plan.requestsPerSecond);
  while (answers.length < total) {
    const due = ((performance.now() - beganAtMs) / 1000) * plan.requestsPerSecond;
    while (answers.length < Math.min(due, total)) {
      const request = plan.requests[answers.length % plan.requests.length];
      if (request) answers.push(send(plan.url, request, agent, latencies));
    }
    await wait(1);
  }
  await Promise.all(answers);
  agent.destroy();
  return latencies.outcome(performance.now() - beganAtMs);
}

function send(url: string, { path, token }: LoadRequest, agent: Agent, latencies: Latencies): Promise<void> {
  const sentAtMs = performance.now();
  const options = { agent, timeout: ANSWER_TIMEOUT_MS, headers: { authorization: `Bearer ${token}` } };
  return new Promise((resolve) => {
    const request = get(url + path, options, (response) => {
      response.resume().once('end', () => {
        latencies.record(response.statusCode ?? 0, performance.now() - sentAtMs);
        resolve();
      });
    });
    request.once('timeout', () => request.destroy(new Error('no answer')));
    request.once('error', (error: NodeJS.ErrnoException) => {
      latencies.recordFailure(error.code ?? error.message);
      resolve();
    });
  });
}
