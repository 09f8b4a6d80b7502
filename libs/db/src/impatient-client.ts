import type { Calls } from '@kubernest/telemetry';
import pg from 'pg';
import { operationOf } from './operation';

/** What pg rejects a statement with that was not answered within `query_timeout`. */
const UNANSWERED = 'Query read timeout';

/** SQLSTATE of a write to a server that takes none. */
const READ_ONLY = '25006';

/**
 * A client that ends its connection when a statement was not answered in time. pg only gives up waiting: the connection
 * would go back to the pool busy, perhaps inside a transaction, and poison whoever gets it next.
 *
 * The same when the server is read-only: after a failover that is the old primary, and a pool that keeps its connections
 * would stay with it for ever.
 *
 * Nor does the loss of a connection end the process: pg-pool stops listening for errors before TypeORM begins. When the end of
 * a session arrives in one piece with its start, as while Postgres shuts down, nobody listens, and Node throws.
 */
class ImpatientClient extends pg.Client {
  constructor(config: pg.ClientConfig | undefined, statements: Calls | undefined) {
    super(config);
    // Whoever holds it learns of the loss by the next statement, which fails, and the pool by the state of the client.
    this.on('error', () => undefined);
    const query = this.query.bind(this) as (...args: unknown[]) => unknown;
    const endingQuery = (...args: unknown[]) => {
      const answer = query(...args);
      if (answer instanceof Promise) {
        const end = statements?.begin(operationOf(args[0]));
        answer.then(
          () => end?.(),
          (error: unknown) => {
            end?.(error);
            this.endIfUseless(error);
          },
        );
      }
      return answer;
    };
    this.query = endingQuery as typeof this.query;
  }

  private endIfUseless(error: unknown): void {
    if (!(error instanceof Error)) return;
    const readOnly = (error as { code?: unknown }).code === READ_ONLY;
    if (readOnly || error.message === UNANSWERED) void this.end();
  }
}

/** For pg-pool, which makes its clients of a class. */
export function impatientClient(statements: Calls | undefined): typeof pg.Client {
  return class extends ImpatientClient {
    constructor(config?: pg.ClientConfig) {
      super(config, statements);
    }
  };
}
