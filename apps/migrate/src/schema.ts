import type { DatabaseSchema } from '@kubernest/db';
import { sessionsSchema } from '@kubernest/sessions';

/** Every feature that keeps something in the database. */
export const schema: DatabaseSchema[] = [sessionsSchema];
