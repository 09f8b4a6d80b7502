import type { JobSchedulerJson, JobsOptions, Queue } from 'bullmq';
import { setTimeout as wait } from 'node:timers/promises';
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
const DATE_TAKEN = 'job ID already exists';
const WAITS = new Set(['delayed', 'waiting', 'prioritized']);
/** Much longer than a worker needs, from taking up a job of a schedule, to add the one of the next date. */
const TAKING_UP_MS = 500;

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
  try {
    await queue.upsertJobScheduler(id, { pattern, tz: TIME_ZONE }, template);
    return true;
  } catch (error) {
    // Its next date has been done already, by a process whose clock is ahead: the date after it is for later.
    if (error instanceof Error && error.message.includes(DATE_TAKEN)) return false;
    throw error;
  }
}

function saysTheSame(
  { pattern, tz, template }: JobSchedulerJson,
  wanted: string,
  { data, opts }: Schedule['template'],
): boolean {
  return pattern === wanted && tz === TIME_ZONE && isDeepStrictEqual(template, { data, opts });
}

/** False when its next job is lost, as in a failover, or was taken up by a process that could not add the one after it. */
async function goesOn(queue: Queue, { key, next }: JobSchedulerJson): Promise<boolean> {
  const state = await queue.getJobState(`repeat:${key}:${next ?? 0}`);
  if (WAITS.has(state)) return true;
  if (state === 'active') await wait(TAKING_UP_MS);
  return (await queue.getJobScheduler(key))?.next !== next;
}
