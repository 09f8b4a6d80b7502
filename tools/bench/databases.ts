import { Client } from 'pg';

/** Several databases of one Postgres server, by name. */
export class Databases {
  /** @param server URL of any database of it, with a superuser's password */
  constructor(private readonly server: string) {}

  url(name: string): string {
    const url = new URL(this.server);
    url.pathname = `/${name}`;
    return url.href;
  }

  async create(name: string): Promise<void> {
    await this.connected(this.server, (client) => client.query(`CREATE DATABASE ${name}`));
  }

  /** Identical to the file, which is also quicker than through the write-ahead log. Nobody may be connected to `template`. */
  async copy(template: string, name: string): Promise<void> {
    await this.connected(this.server, (client) =>
      client.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`),
    );
  }

  async drop(name: string): Promise<void> {
    await this.connected(this.server, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  }

  /** On one connection, which is closed afterwards. */
  within<T>(name: string, work: (client: Client) => Promise<T>): Promise<T> {
    return this.connected(this.url(name), work);
  }

  /** To begin from: no dead rows, fresh statistics, nothing of the past left to be written. */
  settle(name: string): Promise<void> {
    return this.within(name, async (client) => {
      await client.query('VACUUM ANALYZE');
      await client.query('CHECKPOINT');
    });
  }

  private async connected<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: url });
    // The server's end at an interruption; the query in hand is rejected as well.
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
}
