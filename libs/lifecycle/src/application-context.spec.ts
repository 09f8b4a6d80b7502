import { loadConfig } from '@kubernest/config';
import { NestFactory } from '@nestjs/core';
import { setTimeout as wait } from 'node:timers/promises';
import { JsonLines } from '../test-fixtures/json-lines';
import { CLOSE_STEPS, Lifecycle, LifecycleModule } from '.';
import { lifecycleVariables } from './variables';

/** As a command that runs once uses the lifecycle: without HTTP, closed by its own code rather than by a signal. */
async function createCommand(env: Record<string, string> = {}) {
  const lines: string[] = [];
  const logger = new JsonLines();
  logger.log = logger.error = (message: unknown) => lines.push((message as { msg?: string }).msg ?? '');
  const module = LifecycleModule.forRoot(loadConfig(lifecycleVariables, env));
  const app = await NestFactory.createApplicationContext(module, { logger });
  return {
    app,
    lifecycle: app.get(Lifecycle),
    shutdownLines: () => lines.filter((line) => line.startsWith('shutdown:')),
  };
}

test('closing it without a signal closes the stores in order, at once, and leaves the process running', async () => {
  const { app, lifecycle, shutdownLines } = await createCommand();
  const closed: string[] = [];
  for (const step of CLOSE_STEPS)
    lifecycle.onClose(step, step, async () => {
      await wait(10);
      closed.push(step);
    });
  let drained = 0;
  lifecycle.onDrain('intake', () => (drained += 1));
  const began = performance.now();
  await app.close();
  expect(closed).toEqual(['workers', 'queues', 'redis', 'postgres', 'telemetry']);
  expect(drained).toBe(1);
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(shutdownLines()).toEqual(CLOSE_STEPS.map((step) => `shutdown: ${step} closed`));
});

test('a closer that hangs is given up after SHUTDOWN_TIMEOUT_MS', async () => {
  const { app, lifecycle, shutdownLines } = await createCommand({
    SHUTDOWN_DRAIN_MS: '0',
    SHUTDOWN_TIMEOUT_MS: '100',
  });
  lifecycle.onClose('redis', 'redis', () => new Promise(() => undefined));
  await app.close();
  expect(shutdownLines()).toEqual(['shutdown: redis did not close in time']);
});
