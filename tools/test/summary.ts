import type { Tally } from './tally';

/** Prints what failed, by name, and as the very last line `N passed, N failed`; sets the exit code. */
export function summarise({ passed, failures }: Tally): void {
  if (failures.length > 0) {
    console.log(`\nFailed:\n${failures.map((name) => `  ${name}`).join('\n')}`);
    process.exitCode = 1;
  }
  console.log(`\n${passed} passed, ${failures.length} failed`);
}

/** The summary of a run that broke off; nothing that passed before counts. */
export function summariseBreakdown(command: string, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  console.error(`\n${reason}`);
  summarise({ passed: 0, failures: [`${command} broke off: ${reason.split('\n')[0] ?? ''}`] });
}
