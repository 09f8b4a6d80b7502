import { hash, timingSafeEqual } from 'node:crypto';

export const USER = 'operator';

const MAX_FAILURES = 10;
const WINDOW_MS = 60_000;

export type Verdict = 'right' | 'wrong' | 'too many';

/**
 * Compares user and password in constant time. After ten failures in a minute it refuses everything for the rest of it, also
 * what is right, or an attacker would only have to go on. They are counted over all clients: behind a port-forward or a proxy
 * each has the same address.
 */
export class PasswordCheck {
  private readonly expected: Buffer;
  private failures = 0;
  private windowEnd = 0;

  constructor(
    password: string,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.expected = digest(USER, password);
  }

  judge(user: string, password: string): Verdict {
    if (this.now() >= this.windowEnd) this.failures = 0;
    if (this.failures >= MAX_FAILURES) return 'too many';
    if (timingSafeEqual(digest(user, password), this.expected)) return 'right';
    if (this.failures === 0) this.windowEnd = this.now() + WINDOW_MS;
    this.failures += 1;
    return 'wrong';
  }

  /** Until `too many` is over. */
  get waitSeconds(): number {
    return Math.max(1, Math.ceil((this.windowEnd - this.now()) / 1000));
  }
}

/** Of equal length, whatever the texts are. No user has a colon (RFC 7617). */
function digest(user: string, password: string): Buffer {
  return hash('sha256', `${user}:${password}`, 'buffer');
}
