/** What a statement does, as its first word says; one that begins with WITH is what it changes. */
const PLAIN = /^\s*(SELECT|INSERT|UPDATE|DELETE)\b/i;
const WITH = /^\s*WITH\b/i;
const CHANGES = /\b(INSERT|UPDATE|DELETE)\b/i;

/** One of five, and nothing of the statement itself. */
export function operationOf(statement: unknown): string {
  const text = typeof statement === 'string' ? statement : (statement as { text?: unknown } | null)?.text;
  if (typeof text !== 'string') return 'other';
  const found = PLAIN.exec(text)?.[1] ?? (WITH.test(text) ? (CHANGES.exec(text)?.[1] ?? 'SELECT') : 'other');
  return found === 'other' ? found : found.toUpperCase();
}
