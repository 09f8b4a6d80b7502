import { scratchFolder, testRedis, waitFor } from '@kubernest/testing';
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { RunningJob } from './job-processor';
import { Payload, startWorker, testConfig, testQueue, TestWorker } from './worker.fixture';

/** What define-queue.ts promises. */
const TAKE_OVER_MS = testQueue.lockMs + 15_000;

it('the job of a process that was killed is taken up by another one, with the progress that it had', async () => {
  const { url, prefix } = testRedis();
  const bundle = join(scratchFolder(), 'worker.cjs');
  const entryPoints = [join(__dirname, 'killed-worker.fixture.ts')];
  await build({ entryPoints, outfile: bundle, bundle: true, platform: 'node', packages: 'external' });
  const child = spawn(process.execPath, [bundle, url, prefix], { stdio: ['ignore', 'pipe', 'inherit'] });
  const took = Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('the worker process ended early'))),
  ]);

  const config = testConfig(url, prefix);
  const producer = await startWorker(config);
  await waitFor(
    () => producer.producer.add(testQueue, { step: 'one' }, { jobId: 'orphan' }).then(() => true),
    {
      timeoutMs: 5_000,
      message: 'the job to be added',
    },
  );
  await took;
  child.kill('SIGKILL');
  const killedAt = performance.now();

  const jobs: RunningJob<Payload>[] = [];
  const survivor: TestWorker = await startWorker(config, (job) => Promise.resolve(void jobs.push(job)));
  await waitFor(() => jobs.length > 0, {
    timeoutMs: TAKE_OVER_MS,
    message: 'the job to be taken up again',
  });
  expect(performance.now() - killedAt).toBeLessThan(TAKE_OVER_MS);
  expect(jobs[0]).toMatchObject({ id: 'orphan', attempt: 1, lastProgress: { took: child.pid } });
  expect(await survivor.metrics.scrape()).toMatch(/^queue_jobs_stalled_total\{queue="test-jobs"\} 1$/m);
  await Promise.all([producer, survivor].map(({ shutDown }) => shutDown()));
});
