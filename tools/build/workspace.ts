import { resolve } from 'node:path';

/** The clone's own folder. */
export const workspace = resolve(import.meta.dirname, '../..');
