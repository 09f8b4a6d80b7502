import { exec } from 'node:child_process';
import { promisify } from 'node:util';
import { smokeSuite } from './support/smoke-suite';

const { E2E_URL: url, E2E_RESTART: command } = process.env;
if (!url)
  throw new Error('E2E_URL names the API to test: E2E_URL=http://127.0.0.1:3000 npx nx test-remote e2e');

describe(`the API at ${url}`, () => {
  const restart = command === undefined ? undefined : () => promisify(exec)(command);
  smokeSuite(() => ({ url: url.replace(/\/$/, ''), restart }), { withRestart: restart !== undefined });
});
