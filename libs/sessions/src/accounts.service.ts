import { Database } from '@kubernest/db';
import { ConflictError } from '@kubernest/errors';
import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Account } from './account.entity';
import type { Registration } from './inputs';
import { PasswordHashes } from './password-hashes';

export interface AccountView {
  id: string;
  email: string;
  /** ISO 8601, UTC. */
  createdAt: string;
}

@Injectable()
export class AccountsService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(PasswordHashes) private readonly passwords: PasswordHashes,
  ) {}

  /**
   * @throws ConflictError `email-taken`, also for the slower one of two at the same time;
   * UnavailableError while Postgres is away or too many passwords are being hashed
   */
  async register({ email, password }: Registration): Promise<AccountView> {
    const account = { id: randomUUID(), email, passwordHash: await this.passwords.hash(password) };
    const inserted = await this.database.run((manager) =>
      manager
        .createQueryBuilder()
        .insert()
        .into(Account)
        .values(account)
        .orIgnore()
        .returning('created_at')
        .execute(),
    );
    const [row] = inserted.raw as { created_at: Date }[];
    if (!row) throw new ConflictError('email-taken', 'An account with this email address exists: sign in');
    return { id: account.id, email, createdAt: row.created_at.toISOString() };
  }
}
