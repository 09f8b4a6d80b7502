import { z } from 'zod';

/** Schemas of input for columns: what they let through Postgres keeps as it is; the rest it would refuse or change. */
export const storable = {
  /** For `text`. Postgres has no NUL; half a surrogate pair has no UTF-8, and would be kept as U+FFFD. */
  text: (maxLength: number) =>
    z
      .string()
      .min(1)
      .max(maxLength)
      .refine((text) => text.isWellFormed() && !text.includes('\0'), 'Invalid Unicode, or a NUL'),
  integer: () => z.int32(),
  /** For `date`. There is no year 0. */
  date: () => z.iso.date().refine((text) => !text.startsWith('0000'), 'There is no year 0'),
};
