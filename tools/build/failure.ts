import type { BuildFailure, Message } from 'esbuild';

/** What is wrong with the code, with its places; of any other error its message. */
export async function describeFailure(error: unknown): Promise<string> {
  if (!isBuildFailure(error)) return error instanceof Error ? error.message : String(error);
  const { formatMessages } = await import('esbuild');
  const color = process.stderr.isTTY;
  return (await formatMessages(error.errors, { kind: 'error', color })).join('').trimEnd();
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && 'warnings' in error;
}

export async function printWarnings(warnings: Message[]): Promise<void> {
  if (warnings.length === 0) return;
  const { formatMessages } = await import('esbuild');
  const color = process.stderr.isTTY;
  for (const text of await formatMessages(warnings, { kind: 'warning', color })) console.warn(text.trimEnd());
}
