import type { JobSchedulerJson, JobsOptions, Queue } from 'bullmq';
import { isDeepStrictEqual } from 'node:util';

export interface Schedule {
  id: string;
  /** Cron, in UTC; none takes the schedule away. */
  pattern: string | undefined;
  template: { name: string; data: unknown; opts: JobsOptions };
}

export interface ScheduleOptions {
  /**
   * False leaves a schedule alone that another process has made, and only brings back one that is gone or stuck: for asking
   * again and again while processes of two releases run.
   */
  replace?: boolean;
}

const TIME_ZONE = 'Etc/UTC';
/** Where a job of the schedule is while its next date is still to come: BullMQ adds the one after it when it is taken up. */
const PENDING = new Set(['delayed', 'waiting', 'prioritized', 'active']);

/** @returns whether anything had to be changed */
export async function applySchedule(
  queue: Queue,
  { id, pattern, template }: Schedule,
  { replace = true }: ScheduleOptions = {},
): Promise<boolean> {
  if (pattern === undefined) return queue.removeJobScheduler(id);
  const present = await queue.getJobScheduler(id);
  // BullMQ would remove a job whose date has come but which nobody has taken up yet, and go on with the date after it.
  const keeps = present && (!replace || saysTheSame(present, pattern, template));
  if (keeps && (await goesOn(queue, present))) return false;
  await queue.upsertJobScheduler(id, { pattern, tz: TIME_ZONE }, template);
  return true;
}

function saysTheSame(
  { pattern, tz, template }: JobSchedulerJson,
  wanted: string,
  { data, opts }: Schedule['template'],
): boolean {
  return pattern === wanted && tz === TIME_ZONE && isDeepStrictEqual(template, { data, opts });
}

/** False when its next job is lost: a failover, or no memory at the moment when it was to be added. */
async function goesOn(queue: Queue, { key, next }: JobSchedulerJson): Promise<boolean> {
  if (PENDING.has(await queue.getJobState(`repeat:${key}:${next ?? 0}`))) return true;
  // Taken up and done between the two questions?
  return (await queue.getJobScheduler(key))?.next !== next;
}
