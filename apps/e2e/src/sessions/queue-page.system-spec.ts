import { waitFor } from '@kubernest/testing';
import type { Queue } from 'bullmq';
import type { Browser } from 'playwright-core';
import { Environment, freshEnvironment } from '../support/environment';
import { QUEUE_PAGE_PASSWORD, QueuePageClient, queuePageEnvironment, USER } from '../support/queue-page';
import { killRunning, RunningApp } from '../support/running-app';
import { keepPicture, openBrowser, openTab, type Tab } from '../browser/browser';
import { openQueue, QUEUE } from './cleanup-queue';

const SCRIPT = '<script>window.ran = 1</script><img src="none" onerror="window.ran = 1">';

let environment: Environment;
let queue: Queue;
let browser: Browser;
let worker: RunningApp;
let url: string;

beforeAll(async () => {
  environment = await freshEnvironment();
  queue = openQueue(environment.env);
  browser = await openBrowser();
});
beforeEach(async () => {
  // Its end must not wait for what a browser keeps open.
  const patient = { HTTP_KEEP_ALIVE_TIMEOUT_MS: '600000', SHUTDOWN_TIMEOUT_MS: '600000' };
  worker = await RunningApp.start('worker', { ...environment.env, ...queuePageEnvironment, ...patient });
  ({ url } = await QueuePageClient.of(await worker.ready()));
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await killRunning();
  await queue.obliterate({ force: true });
});
afterAll(async () => {
  await browser.close();
  await queue.close();
  await environment.close();
});

const signIn = (): Promise<Tab> =>
  openTab(browser, { httpCredentials: { username: USER, password: QUEUE_PAGE_PASSWORD } });

async function addFailed(data: object): Promise<string> {
  const { id = '' } = await queue.add(QUEUE, data, { attempts: 1 });
  await waitFor(async () => (await queue.getJobState(id)) === 'failed', {
    timeoutMs: 15_000,
    message: 'the job to fail',
  });
  return id;
}

test('without the password a browser sees nothing', async () => {
  const without = await openTab(browser);
  await expect(without.page.goto(url)).rejects.toThrow('ERR_INVALID_AUTH_CREDENTIALS');
  const wrong = await openTab(browser, { httpCredentials: { username: USER, password: 'guessed' } });
  expect((await wrong.page.goto(url))?.status()).toBe(401);
  await wrong.page.getByText('wrong user or password').waitFor();
});

test('the page shows the queues, and every part of it loads without an error or a request to another site', async () => {
  const { page, faults } = await signIn();
  const hosts = new Set<string>();
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  await addFailed({ of: 'another release' });
  await page.goto(url);
  expect(await page.title()).toBe('Queues');
  await page.getByRole('main').getByRole('link', { name: QUEUE }).waitFor();
  await keepPicture(page, 'queue-page-queues');
  await page.getByRole('main').getByRole('link', { name: QUEUE }).click();
  await page.getByText('the payload does not fit queue').waitFor();
  for (const tab of ['Data', 'Options', 'Logs']) await page.getByRole('tab', { name: tab }).click();
  expect([...hosts]).toEqual([new URL(url).host]);
  expect(faults).toEqual([]);
});

test('a job that failed is shown with its error, and retried by a click it completes', async () => {
  await environment.sql('ALTER TABLE session RENAME TO session_away');
  const id = await addFailed({});
  await environment.sql('ALTER TABLE session_away RENAME TO session');

  const { page, faults } = await signIn();
  await page.goto(`${url}/queue/${QUEUE}?status=failed`);
  await page.getByText('relation "session" does not exist').waitFor();
  await keepPicture(page, 'queue-page-failed');
  await page.getByRole('link', { name: `#${id}` }).click();
  await page.waitForURL(`**/queue/${QUEUE}/${id}**`);
  // The buttons of a job have no name but in their tooltip; the first one is the retry.
  await page.getByRole('main').locator('[data-base-ui-tooltip-trigger] button').first().click();
  // Leaving the page before the answer is there would abort the request, and count as a fault.
  const retried = page.waitForResponse(`**/queues/${QUEUE}/${id}/retry`);
  await page.getByRole('button', { name: 'Confirm' }).click();
  expect((await retried).ok()).toBe(true);
  await waitFor(async () => (await queue.getJobState(id)) === 'completed', {
    timeoutMs: 15_000,
    message: 'the job to complete',
  });
  await page.goto(`${url}/queue/${QUEUE}?status=completed`);
  await page.getByRole('link', { name: `#${id}` }).waitFor();
  await keepPicture(page, 'queue-page-completed');
  expect(faults).toEqual([]);
});

test('HTML in the data of a job is shown as text', async () => {
  const id = await addFailed({ html: SCRIPT });
  const { page, faults } = await signIn();
  await page.goto(`${url}/queue/${QUEUE}/${id}`);
  await page.getByRole('tab', { name: 'Data' }).click();
  await page.getByText(SCRIPT).waitFor();
  await keepPicture(page, 'queue-page-data');
  expect(await page.evaluate('window.ran')).toBeUndefined();
  expect(faults).toEqual([]);
});

test('a worker whose page is open in a browser ends at SIGTERM with 0', async () => {
  const { page } = await signIn();
  await page.goto(`${url}/queue/${QUEUE}`);
  await page.getByRole('heading', { name: QUEUE }).waitFor();
  expect(await worker.stop()).toBe(0);
});
