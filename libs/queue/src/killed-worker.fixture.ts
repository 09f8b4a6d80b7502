import { startWorker, testConfig } from './worker.fixture';

/* A worker process that takes one job, says so, and never ends it: `node <bundle> <redis url> <prefix>`. */

const [, , url = '', prefix = ''] = process.argv;
void startWorker(testConfig(url, prefix), async (job) => {
  await job.progress({ took: process.pid });
  process.stdout.write('took it');
  await new Promise(() => undefined);
});
