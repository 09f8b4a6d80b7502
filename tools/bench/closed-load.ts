import autocannon from 'autocannon';
import { Latencies } from './latencies';
import type { ClosedLoad, LoadOutcome } from './load-plan';

const SAMPLE_MS = 100;

/** One path only; each connection keeps to one of the tokens. */
export function sendClosedLoad({ url, requests, connections, durationMs }: ClosedLoad): Promise<LoadOutcome> {
  const latencies = new Latencies();
  const path = requests[0]?.path ?? '/';
  let next = 0;
  return new Promise((resolve, reject) => {
    const beganAtMs = performance.now();
    const instance = autocannon(
      {
        url: url + path,
        connections,
        duration: durationMs / 1000,
        sampleInt: SAMPLE_MS,
        setupClient: (client) => {
          const token = requests[next++ % requests.length]?.token ?? '';
          client.setHeaders({ authorization: `Bearer ${token}` });
        },
      },
      (error) => {
        if (error) reject(error);
        else resolve(latencies.outcome(performance.now() - beganAtMs));
      },
    );
    instance.on('response', (_client: unknown, status: number, _bytes: number, ms: number) =>
      latencies.record(status, ms),
    );
    instance.on('reqError', (error: Error) => latencies.recordFailure(error.message));
  });
}
