import type { Browser } from 'playwright-core';
import { Environment, freshEnvironment } from '../support/environment';
import { killRunning, RunningApp } from '../support/running-app';
import { keepPicture, openBrowser, openTab } from './browser';

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

test('the page describes every route, without an error or a request to another site', async () => {
  const { page, faults } = await openTab(browser);
  const hosts = new Set<string>();
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== 'data:') hosts.add(host);
  });
  await page.goto(`${api.url}/docs`);
  const { paths } = (await (await fetch(`${api.url}/openapi.json`)).json()) as { paths: object };
  for (const path of Object.keys(paths)) await page.getByText(path, { exact: true }).first().waitFor();
  expect(await page.title()).toMatch(/^\S.* API$/);
  await keepPicture(page, 'openapi-page');
  expect([...hosts]).toEqual([new URL(api.url).host]);
  expect(faults).toEqual([]);
});

test('a route can be tried on it', async () => {
  const { page, faults } = await openTab(browser);
  await page.goto(`${api.url}/docs`);
  const route = page.locator('.opblock-get', { hasText: '/health/live' });
  await route.locator('.opblock-summary-control').click();
  await route.getByRole('button', { name: 'Try it out' }).click();
  await route.getByRole('button', { name: 'Execute' }).click();
  await route.locator('.live-responses-table .response-col_status', { hasText: '200' }).waitFor();
  expect(faults).toEqual([]);
});
