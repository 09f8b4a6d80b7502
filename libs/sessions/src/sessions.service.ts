import { Database } from '@kubernest/db';
import { NotFoundError } from '@kubernest/errors';
import { Inject, Injectable } from '@nestjs/common';
import { Page, sessionIdSchema } from './inputs';
import type { AuthenticatedSession } from './session-copy';
import { readCursor, writeCursor } from './session-cursor';
import { SessionRevoker } from './session-revoker';
import { SessionView, toSessionView } from './session-view';
import { Session } from './session.entity';

export interface SessionPage {
  /** Newest first. */
  sessions: SessionView[];
  /** For the page after this one; null on the last. */
  nextCursor: string | null;
}

/** What an account does with its own sessions. `current` is the one that the request was made with. */
@Injectable()
export class SessionsService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(SessionRevoker) private readonly revoker: SessionRevoker,
  ) {}

  /** @throws InvalidInputError for a broken cursor; UnavailableError while Postgres is away */
  async list(current: AuthenticatedSession, { limit, cursor }: Page): Promise<SessionPage> {
    const after = cursor === undefined ? undefined : readCursor(cursor);
    const found = await this.database.run((manager) => {
      const query = manager
        .createQueryBuilder(Session, 'session')
        .where('session.accountId = :accountId AND session.expiresAt > now()', current)
        .orderBy({ 'session.createdAt': 'DESC', 'session.id': 'DESC' })
        .limit(limit + 1);
      if (after) query.andWhere('(session.createdAt, session.id) < (:createdAt, :id)', after);
      return query.getMany();
    });
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return {
      sessions: page.map((session) => toSessionView(session, current.id)),
      nextCursor: last ? writeCursor(last) : null,
    };
  }

  /** Sign out here. Once this resolves, no pod accepts the session any more, whatever Redis does. */
  async revokeCurrent({ id, accountId }: AuthenticatedSession): Promise<void> {
    await this.revoker.revoke('id = $1 AND account_id = $2', [id, accountId]);
  }

  /**
   * Sign out there; as strict as `revokeCurrent`.
   *
   * @throws NotFoundError when the account has no such session, or not any more
   */
  async revoke({ accountId }: AuthenticatedSession, id: string): Promise<void> {
    const condition = 'id = $1 AND account_id = $2 AND expires_at > now()';
    // What is no id is not repeated: it may be anything, also a secret, and messages are logged.
    if (!sessionIdSchema.safeParse(id).success) throw noSuchSession('of this id');
    if ((await this.revoker.revoke(condition, [id, accountId])) === 0) throw noSuchSession(id);
  }

  /** Sign out everywhere else; as strict as `revokeCurrent`. What has expired is left to the cleanup. */
  async revokeOthers({ id, accountId }: AuthenticatedSession): Promise<void> {
    await this.revoker.revoke('id <> $1 AND account_id = $2 AND expires_at > now()', [id, accountId]);
  }
}

function noSuchSession(which: string): NotFoundError {
  return new NotFoundError(
    'session-not-found',
    `You have no session ${which}: list your sessions to see which`,
  );
}
