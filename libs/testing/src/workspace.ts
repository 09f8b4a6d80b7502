import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';

/** The clone's own folder. */
export const workspace = resolve(import.meta.dirname, '../../..');

/** Everything that is made at run time and survives a run; ignored by git. */
export const localFolder = join(workspace, '.local');

/** Data of tests; never that of `npm start`. */
export const testFolder = join(localFolder, 'test');

/** Tells this clone from another one on the same machine. */
export const workspaceKey = createHash('sha256').update(workspace).digest('hex').slice(0, 12);

/** What this process keeps for as long as it lives; a later test run removes it if this one does not. */
export const runFolder = join(testFolder, `run-${process.pid}`);
