import { Fault, fault } from '../fault';
import { ObjectOf, ofKind } from '../objects';
import type { Rule } from '../rendered';
import { workloadsOf } from '../workloads';

/** Kubernetes looks at its CronJobs every ten seconds, and one with a shorter deadline never runs. */
const LEAST_STARTING_DEADLINE = 10;

/** Of the fields of a schedule. */
const CRON_RANGES = [
  ['minute', 0, 59],
  ['hour', 0, 23],
  ['day of month', 1, 31],
  ['month', 1, 12],
  ['day of week', 0, 7],
] as const;

/** A run ends, and what is scheduled runs. */
export const runs: Rule = ({ objects }) => [
  ...workloadsOf(objects).flatMap(({ object, template, path }): Fault[] => {
    if (object.kind !== 'Job' && object.kind !== 'CronJob') return [];
    if (['Never', 'OnFailure'].includes(template.spec?.restartPolicy ?? '')) return [];
    return [fault(object, `${path}.spec.restartPolicy`, 'must be Never or OnFailure: a run ends')];
  }),
  ...[...ofKind(objects, 'CronJob'), ...ofKind(objects, 'Job')]
    .filter(({ spec }) => spec?.suspend === true)
    .map((object) => fault(object, 'spec.suspend', 'must not be true: it would never run')),
];

/** When a CronJob runs. Kubernetes says that a schedule is wrong only once it is applied. */
export const schedules: Rule = ({ objects }) =>
  ofKind(objects, 'CronJob').flatMap((object) => {
    const { schedule = '', timeZone, startingDeadlineSeconds: deadline } = object.spec ?? {};
    const faults = scheduleFaults(schedule).map((message) => fault(object, 'spec.schedule', message));
    if (timeZone !== undefined && !isTimeZone(timeZone))
      faults.push(fault(object, 'spec.timeZone', `${timeZone} is no time zone: take one such as Etc/UTC`));
    if (deadline !== undefined && deadline < LEAST_STARTING_DEADLINE)
      faults.push(
        fault(
          object,
          'spec.startingDeadlineSeconds',
          `must be at least ${LEAST_STARTING_DEADLINE}, or it never runs`,
        ),
      );
    return faults;
  });

/** A podFailurePolicy needs the pod to stay as it failed, and speaks of containers that are there. */
export const failurePolicies: Rule = ({ objects }) =>
  ofKind(objects, 'Job').flatMap((job) => {
    const rules = job.spec?.podFailurePolicy?.rules ?? [];
    if (rules.length === 0) return [];
    const { restartPolicy, containers = [] } = job.spec?.template?.spec ?? {};
    const unknown = rules.flatMap(({ onExitCodes }, index) => {
      const name = onExitCodes?.containerName;
      if (name === undefined || containers.some((container) => container.name === name)) return [];
      const path = `spec.podFailurePolicy.rules[${index}].onExitCodes.containerName`;
      return [fault(job, path, `there is no container ${name}`)];
    });
    return restartPolicy === 'OnFailure' ? [...unknown, needsNever(job)] : unknown;
  });

function needsNever(job: ObjectOf<'Job'>): Fault {
  return fault(job, 'spec.template.spec.restartPolicy', 'must be Never: podFailurePolicy needs it');
}

/** What keeps a pattern of cron from being one that Kubernetes and BullMQ both read. */
export function scheduleFaults(schedule: string): string[] {
  const fields = schedule.split(' ');
  if (fields.length !== CRON_RANGES.length)
    return [`"${schedule}" must have five fields: minute, hour, day of month, month, day of week`];
  return CRON_RANGES.flatMap(([name, least, most], index) =>
    isField(fields[index] ?? '', least, most)
      ? []
      : [`${fields[index] ?? ''} is no ${name} (${least} to ${most})`],
  );
}

const CRON_PART = /^(?:\*|(?<from>\d+)(?:-(?<to>\d+))?)(?:\/(?<step>\d+))?$/;

function isField(field: string, least: number, most: number): boolean {
  return field.split(',').every((part) => {
    const match = CRON_PART.exec(part);
    const { from, to, step } = (match?.groups ?? {}) as { from?: string; to?: string; step?: string };
    const start = Number(from ?? least);
    const end = Number(to ?? from ?? most);
    return match !== null && start >= least && start <= end && end <= most && Number(step ?? 1) > 0;
  });
}

/** An offset such as `+02:00` is one to JavaScript and none to Go. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
