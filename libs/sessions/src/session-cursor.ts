import { InvalidInputError } from '@kubernest/errors';
import type { Session } from './session.entity';

/** After which session a page begins. */
export interface SessionCursor {
  createdAt: Date;
  id: string;
}

const WRITTEN = /^(\d{1,15})\.([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/;

/** Opaque to clients, who might otherwise rely on what is in it. */
export function writeCursor({ createdAt, id }: Pick<Session, 'createdAt' | 'id'>): string {
  return Buffer.from(`${createdAt.getTime()}.${id}`).toString('base64url');
}

/** @throws InvalidInputError for anything that `writeCursor` did not write */
export function readCursor(cursor: string): SessionCursor {
  const [, time, id] = WRITTEN.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  const createdAt = new Date(Number(time));
  if (!id || Number.isNaN(createdAt.getTime())) throw notACursor();
  return { createdAt, id };
}

function notACursor(): InvalidInputError {
  const detail = 'is not a cursor that this API gave out';
  return new InvalidInputError(`cursor ${detail}: leave it out to begin with the first page`, [
    { pointer: '/cursor', detail },
  ]);
}
