import { Lifecycle } from '@kubernest/lifecycle';
import { testRedis, waitFor } from '@kubernest/testing';
import { z } from 'zod';
import { Consumers } from './consumers';
import { defineQueue, QueueDefinition } from './define-queue';
import type { JobProcessor } from './job-processor';
import { testConfig } from './worker.fixture';

const queue = (name: string): QueueDefinition<unknown> =>
  defineQueue({ name, payload: z.unknown(), attempts: 1, backoffMs: 1, keepCompleted: 1, keepFailed: 1 });
const processor = (of: QueueDefinition<unknown>): JobProcessor<unknown> => ({
  queue: of,
  process: () => Promise.resolve(),
});

function boot(queues: QueueDefinition<unknown>[], processors: JobProcessor<unknown>[]): Consumers {
  return new Consumers(queues, processors, testConfig('redis://127.0.0.1:1', 'test'), new Lifecycle());
}

const mails = queue('mails');
const bills = queue('bills');

it('a worker boots when each queue has one processor', () => {
  expect(() => boot([mails, bills], [processor(bills), processor(mails)])).not.toThrow();
});

it('a worker that has no queue yet is ready once its dependencies are', async () => {
  const lifecycle = new Lifecycle();
  new Consumers([], [], testConfig(testRedis().url, 'test'), lifecycle).onApplicationBootstrap();
  const ready = () => Promise.allSettled(lifecycle.checks.map(({ run }) => run()));
  try {
    await waitFor(async () => (await ready()).every(({ status }) => status === 'fulfilled'), {
      timeoutMs: 10_000,
      message: 'every readiness check to pass',
    });
  } finally {
    lifecycle.drain(() => undefined);
    for (const step of ['workers', 'redis'] as const)
      await Promise.all(lifecycle.closersOf(step).map(({ close }) => close(5_000)));
  }
});

it.each([
  ['a queue without a processor', [mails, bills], [processor(mails)], 'queue bills has 0 processors'],
  [
    'a queue with two processors',
    [mails],
    [processor(mails), processor(mails)],
    'queue mails has 2 processors',
  ],
  [
    'a processor of a queue that is not declared',
    [mails],
    [processor(mails), processor(bills)],
    'queue bills is declared 0 times',
  ],
  ['a queue declared twice', [mails, queue('mails')], [processor(mails)], 'queue mails is declared 2 times'],
])('it does not boot with %s, and names it', (_case, queues, processors, message) => {
  expect(() => boot(queues, processors)).toThrow(message);
});

it.each(['', 'Mails', 'mails:urgent', 'mails--urgent', '1mail'])('a queue cannot be called "%s"', (name) => {
  expect(() => queue(name)).toThrow('its name must be kebab-case');
});
