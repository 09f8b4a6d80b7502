import { createMigrated, startApp } from '../apps';
import { compare } from '../result';
import type { Measurement } from '../measurement';
import type { Run } from '../run';
import { takeTurns } from '../statistics';
import { measurePace } from './measure-pace';
import { insertSessions } from './session-rows';

const TEMPLATE = 'sessions';
const COPY = 'sessions_copy';
const EXPIRED = 'DELETE FROM session WHERE expires_at <= now()';
/** Of a full size run; larger batches are not noticeably quicker. */
const BATCH_SIZE = 10_000;

export const cleanup: Measurement = {
  name: 'cleanup',
  title: 'Cleanup of expired sessions',
  seconds: 200,
  quickSeconds: 15,
  measure: measureCleanup,
};

/** Deletes expired sessions: how quickly on an idle system, and what it costs the API beside it at the default pace. */
async function measureCleanup(run: Run): Promise<void> {
  const each = run.size(1_000_000, 20_000);
  const { databases } = await run.servers();
  await createMigrated(run, TEMPLATE);
  run.progress(`Inserting ${each} expired among ${each} live sessions`);
  await databases.within(TEMPLATE, (client) => insertSessions(client, each));
  await databases.settle(TEMPLATE);
  const rates = await takeTurns(run.size(2, 1), {
    measured: () => onCopy(run, each, 'the cleanup', cleanUp),
    baseline: () => onCopy(run, each, 'one plain DELETE', deletePlainly),
  });
  const what = `cleanup of ${each} among ${each} (baseline: DELETE)`;
  const aim = { of: 'ratio', bound: 'at least', value: 0.7 } as const;
  run.results.push(compare({ what, unit: 'rows/s', ...rates, aim }));
  await measurePace(run, TEMPLATE);
}

/** @returns deleted rows per second */
async function onCopy(
  run: Run,
  expected: number,
  name: string,
  deleteExpired: (run: Run) => Promise<number>,
): Promise<number> {
  const { databases } = await run.servers();
  run.progress(`Copying the database for ${name}`);
  await databases.copy(TEMPLATE, COPY);
  await databases.settle(COPY);
  run.progress(`Running ${name}`);
  const seconds = await deleteExpired(run);
  const left = await databases.within(COPY, (client) => client.query('SELECT FROM session'));
  if (left.rowCount !== expected)
    throw new Error(`${name} left ${left.rowCount ?? 0} of ${expected} sessions`);
  await databases.drop(COPY);
  return expected / seconds;
}

async function deletePlainly(run: Run): Promise<number> {
  const { databases } = await run.servers();
  return databases.within(COPY, async (client) => {
    const beganAtMs = performance.now();
    await client.query(EXPIRED);
    return (performance.now() - beganAtMs) / 1000;
  });
}

/** By its own log lines, from where it begins to where it is done: the plain DELETE does not count its start-up either. */
async function cleanUp(run: Run): Promise<number> {
  const program = await startApp(run, 'worker', COPY, {
    args: ['cleanup-expired-sessions'],
    env: { SESSION_CLEANUP_PAUSE_MS: '0', SESSION_CLEANUP_BATCH_SIZE: String(BATCH_SIZE) },
  });
  const code = await program.exit();
  if (code !== 0) throw new Error(`The cleanup ended with ${code}:\n${program.output}`);
  return (loggedAtMs(program.output, 'done') - loggedAtMs(program.output, 'begins')) / 1000;
}

/** @throws Error when there is no such line */
function loggedAtMs(output: string, step: string): number {
  const line = output.split('\n').find((each) => each.includes(`"session cleanup: ${step}"`));
  if (line === undefined) throw new Error(`The cleanup does not say "${step}":\n${output}`);
  return Date.parse((JSON.parse(line) as { time: string }).time);
}
