import { Client } from 'pg';

/** How many of these addresses have no account. */
export async function missingAccounts(url: string, emails: readonly string[]): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM unnest($1::text[]) AS wanted (email) LEFT JOIN account USING (email) WHERE account.id IS NULL',
      [emails],
    );
    return rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}
