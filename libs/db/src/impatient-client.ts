import pg from 'pg';

/** What pg rejects a statement with that was not answered within `query_timeout`. */
const UNANSWERED = 'Query read timeout';

/**
 * A client that ends its connection when a statement was not answered in time. pg only gives up waiting: the connection
 * would go back to the pool busy, perhaps inside a transaction, and poison whoever gets it next.
 */
export class ImpatientClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config);
    const query = this.query.bind(this) as (...args: unknown[]) => unknown;
    const endingQuery = (...args: unknown[]) => {
      const answer = query(...args);
      if (answer instanceof Promise) answer.catch((error: unknown) => this.endIfUnanswered(error));
      return answer;
    };
    this.query = endingQuery as typeof this.query;
  }

  private endIfUnanswered(error: unknown): void {
    if (error instanceof Error && error.message === UNANSWERED) void this.end();
  }
}
