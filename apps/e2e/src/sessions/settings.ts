import { randomBytes } from 'node:crypto';

export const sessionSettings = { JWT_SECRET: randomBytes(32).toString('hex') };
