import { defineVariables, integer, loadConfigOrExit, text } from '../src';

/** Prints what it was configured with, or exits as an app does. */
const config = loadConfigOrExit(
  defineVariables({
    COUNT: { about: 'A number.', schema: integer({ min: 1, max: 10 }), default: '3' },
    KEY: { about: 'A secret.', schema: text(), secret: true },
  }),
  process.env,
);
process.stdout.write(`COUNT is ${config.COUNT}\n`);
