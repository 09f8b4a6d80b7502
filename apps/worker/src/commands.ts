import { cleanupExpiredSessionsCommand } from './cleanup-expired-sessions.command';
import type { Command } from './command';

/** What this worker does once when it is told to, as its CronJobs do. */
export const commands: Command<never>[] = [cleanupExpiredSessionsCommand];

export function usage(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, about }) => `  ${name.padEnd(width)}   ${about}\n`);
  return `Usage: node main.js [command]

Without a command: takes jobs from the queues until SIGTERM.

Commands, which run once; exit code 0 when done, 1 when stopped or failed:
${lines.join('') || '  none yet\n'}`;
}
