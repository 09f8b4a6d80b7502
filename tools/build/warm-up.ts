import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { workspace } from './workspace';

/** `EX_CONFIG` of BSD's sysexits.h: what our processes exit with when a variable is missing. */
const EXIT_CONFIG = 78;
const STARTED = /"url":"(http[^"]+)"/;
/** A variable of .env.example that is left to its default. */
const COMMENTED_OUT = /^#(?=[A-Z][A-Z\d_]*=)/gm;
const TIMEOUT_MS = 30_000;
/** Nothing listens there: a service starts and stays unready, a command gives up. */
const NOWHERE = '127.0.0.1:1';

/**
 * Runs an artefact once, so that V8's code cache holds what a start runs, and not only what a script's top level does.
 *
 * The environment is that of `.env.example`, which has an example for every variable that is required, but with stores that are away.
 *
 * @throws Error with the artefact's output when it does not accept that environment
 */
export async function warmUp(folder: string): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--require', join(import.meta.dirname, 'code-cache.cjs'), join(folder, 'main.js')],
    { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const deadline = setTimeout(kill, TIMEOUT_MS);
  const output = await outputUntilExit(child);
  clearTimeout(deadline);
  process.off('exit', kill);
  if (child.exitCode === EXIT_CONFIG || !existsSync(join(folder, 'app.js.cache'))) {
    throw new Error(
      `${folder} does not start with the variables of .env.example (npm run generate):\n${output}`,
    );
  }
}
function environment(): NodeJS.ProcessEnv {
  const file = join(workspace, '.env.example');
  const examples = existsSync(file) ? readFileSync(file, 'utf8').replaceAll(COMMENTED_OUT, '') : '';
  return {
    ...parseEnv(examples),
    NODE_ENV: 'development',
    LOG_FORMAT: 'json',
    HOST: '127.0.0.1',
    PORT: '0',
    METRICS_PORT: '0',
    DATABASE_URL: `postgres://nobody@${NOWHERE}/nothing`,
    REDIS_URL: `redis://${NOWHERE}`,
    SHUTDOWN_DRAIN_MS: '0',
    // Not set: the cache holds what every start runs.
    QUEUE_PAGE_PORT: '',
  };
}

/** A service says where it has started; it is probed, and stopped. A command ends by itself. */
async function outputUntilExit(child: ChildProcess): Promise<string> {
  let output = '';
  let probing: Promise<unknown> | undefined;
  const collect = (text: Buffer): void => {
    output += text.toString();
    const url = STARTED.exec(output)?.[1];
    if (url) probing ??= probe(url).finally(() => child.kill('SIGTERM'));
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  await once(child, 'close');
  await probing;
  return output;
}

async function probe(url: string): Promise<void> {
  for (const name of ['live', 'ready']) await (await fetch(`${url}/health/${name}`)).text();
}
