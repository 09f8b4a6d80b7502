import type { Browser } from 'playwright-core';
import { Environment, freshEnvironment } from '../support/environment';
import { killRunning, RunningApp } from '../support/running-app';
import { keepPicture, openBrowser, openTab } from '../browser/browser';

let environment: Environment;
let browser: Browser;
let api: RunningApp;

beforeAll(async () => {
  environment = await freshEnvironment();
  browser = await openBrowser();
  api = await (await RunningApp.start('api', environment.env)).ready();
});
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));
afterAll(async () => {
  await browser.close();
  await killRunning();
  await environment.close();
});

test('a route with a body can be tried on the page of the description', async () => {
  const { page, faults } = await openTab(browser);
  await page.goto(`${api.url}/docs`);
  const route = page.locator('.opblock-post', { hasText: '/v1/accounts' });
  await route.locator('.opblock-summary-control').click();
  await route.getByRole('button', { name: 'Try it out' }).click();
  const account = { email: 'ada@example.com', password: 'correct horse battery staple' };
  await route.locator('textarea').fill(JSON.stringify(account));
  await route.getByRole('button', { name: 'Execute' }).click();
  await route.locator('.live-responses-table .response-col_status', { hasText: '201' }).waitFor();
  await keepPicture(page, 'openapi-page-tried');
  expect(await environment.sql('SELECT email FROM account')).toEqual([{ email: account.email }]);
  expect(faults).toEqual([]);
});
