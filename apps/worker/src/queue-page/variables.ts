import { defineVariables, integer, text } from '@kubernest/config';

const MIN_PASSWORD_LENGTH = 8;
const MIN_SECRET_BYTES = 16;

export const queuePageVariables = defineVariables(
  {
    QUEUE_PAGE_PORT: {
      about:
        'Port of the page on which operators see queues and jobs, and retry them. 0 takes a free one. Not set: there is no page.',
      schema: integer({ min: 0, max: 65_535 }).optional().describe('an integer from 0 to 65535, or not set'),
      example: '3002',
    },
    QUEUE_PAGE_PASSWORD: {
      about: 'Password of the queue page, whose user is `operator`. Required where QUEUE_PAGE_PORT is set.',
      schema: text({ min: MIN_PASSWORD_LENGTH, max: 1024 })
        .optional()
        .describe(`text of ${MIN_PASSWORD_LENGTH} to 1024 characters, or not set`),
      secret: true,
      minSecretBytes: MIN_SECRET_BYTES,
      example: 'change-me-for-a-random-one',
    },
  },
  [
    {
      holds: (values) => values.QUEUE_PAGE_PORT === undefined || values.QUEUE_PAGE_PASSWORD !== undefined,
      message:
        'QUEUE_PAGE_PASSWORD is required where QUEUE_PAGE_PORT is set (or set QUEUE_PAGE_PASSWORD_FILE)',
    },
  ],
);
