import { requiredVariables } from '@kubernest/testing';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { services } from './apps';
import { parseEnvFile } from './env-file';
import { Fault } from './fault';
import { features } from './local-feature';
import { localSecret, workspace } from './local-files';

export type Variables = Record<string, string>;

export interface AppPorts {
  port: number;
  metricsPort: number;
  /** Only the worker has one. */
  queuePagePort?: number;
}

const FIRST_PORT = 3000;
const FIRST_METRICS_PORT = 9464;
const QUEUE_PAGE_OFFSET = 2;
const LAST_PORT = 65_535;
/** Of the queue page, which is on this machine only. */
export const LOCAL_PASSWORD = 'local-only';

/**
 * What a developer set: the shell's environment, and below it `.env`.
 *
 * @throws Fault when `.env` has a broken line
 */
export function readSettings(): Variables {
  const file = join(workspace, '.env');
  const fromFile = existsSync(file) ? parseEnvFile(readFileSync(file, 'utf8'), '.env') : {};
  return { ...fromFile, ...definedOf(process.env) };
}

/** Without what is not set. */
export function definedOf<Name extends string>(
  variables: Record<Name, string | undefined> | NodeJS.ProcessEnv,
): Partial<Record<Name, string>> & Variables {
  const entries = Object.entries(variables).filter((entry) => entry[1] !== undefined);
  return Object.fromEntries(entries) as Partial<Record<Name, string>> & Variables;
}

/** The api has the ports that are set, or the usual ones; the worker the next, then the queue page, then the others. */
export function portsOf(app: string, settings: Variables): AppPorts {
  const port = portFrom(settings, 'PORT', FIRST_PORT);
  const metricsPort = portFrom(settings, 'METRICS_PORT', FIRST_METRICS_PORT);
  const place = Math.max(services().indexOf(app), 0);
  const own = {
    port: port + place + (place < QUEUE_PAGE_OFFSET ? 0 : 1),
    metricsPort: metricsPort + place,
  };
  if (app !== 'worker') return own;
  return { ...own, queuePagePort: portFrom(settings, 'QUEUE_PAGE_PORT', port + QUEUE_PAGE_OFFSET) };
}

function portFrom(settings: Variables, name: string, usual: number): number {
  const value = Number(settings[name] ?? usual);
  if (Number.isInteger(value) && value > 0 && value < LAST_PORT) return value;
  throw new Fault(
    `${name} must be an integer from 1 to ${LAST_PORT - 1}: correct it in .env or in the shell`,
  );
}

/** What an app is started with: defaults for a laptop, then what the developer set, then what follows from both. */
export function environmentOf(
  app: string,
  settings: Variables,
  servers: { DATABASE_URL: string; REDIS_URL: string },
): Variables {
  const { port, metricsPort, queuePagePort } = portsOf(app, settings);
  const terminal = process.stdout.isTTY;
  return {
    NODE_ENV: 'development',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'info',
    SHUTDOWN_DRAIN_MS: '0',
    ...(terminal ? { LOG_FORMAT: 'pretty', FORCE_COLOR: '1' } : {}),
    ...missing(settings),
    ...ofFeatures(),
    ...settings,
    ...withoutFileVariant(settings, servers),
    PORT: String(port),
    METRICS_PORT: String(metricsPort),
    ...(queuePagePort ? { QUEUE_PAGE_PORT: String(queuePagePort) } : {}),
  };
}

/** What the developer has not set, and an app needs. */
function missing(settings: Variables): Variables {
  const needed = Object.fromEntries(
    requiredVariables().map(({ name, example, secret }) => [
      name,
      () => (secret ? localSecret(name) : example),
    ]),
  );
  const all = { QUEUE_PAGE_PASSWORD: () => LOCAL_PASSWORD, ...needed };
  return Object.fromEntries(
    Object.entries(all)
      .filter(([name]) => !settings[name] && !settings[`${name}_FILE`])
      .map(([name, value]) => [name, value()]),
  );
}

function ofFeatures(): Variables {
  return Object.assign({}, ...features.map(({ settings }) => settings)) as Variables;
}

/**
 * A variable, or what the file holds that its `_FILE` names.
 *
 * @throws Fault when that file cannot be read
 */
export function valueOf(settings: Variables, name: string): string | undefined {
  const file = settings[`${name}_FILE`];
  if (file === undefined) return settings[name];
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new Fault(`${name}_FILE names a file that cannot be read: correct it in .env or in the shell`);
  }
}

/** A variable and its `_FILE` must not both be set. */
function withoutFileVariant(settings: Variables, servers: Record<string, string>): Variables {
  return Object.fromEntries(Object.entries(servers).filter(([name]) => !settings[`${name}_FILE`]));
}
