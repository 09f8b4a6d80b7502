import { fault } from '../fault';
import { ofKind } from '../objects';
import type { Rule } from '../rendered';

/** A CronJob says when, in which zone, how late, how long and how often; and never overlaps with itself. */
export const cronJobs: Rule = ({ objects }) =>
  ofKind(objects, 'CronJob').flatMap((object) => {
    const { timeZone, startingDeadlineSeconds, concurrencyPolicy, jobTemplate } = object.spec ?? {};
    const job = jobTemplate?.spec ?? {};
    const required = {
      'spec.timeZone': timeZone,
      'spec.startingDeadlineSeconds': startingDeadlineSeconds,
      'spec.jobTemplate.spec.backoffLimit': job.backoffLimit,
      'spec.jobTemplate.spec.activeDeadlineSeconds': job.activeDeadlineSeconds,
      'spec.jobTemplate.spec.ttlSecondsAfterFinished': job.ttlSecondsAfterFinished,
    };
    const missing = Object.entries(required)
      .filter(([, value]) => value === undefined)
      .map(([path]) => fault(object, path, `must be set: ${WHY[path] ?? ''}`));
    if (concurrencyPolicy === 'Forbid') return missing;
    return [...missing, fault(object, 'spec.concurrencyPolicy', 'must be Forbid: two runs would compete')];
  });

const WHY: Readonly<Record<string, string>> = {
  'spec.timeZone': "else it is the controller manager's zone",
  'spec.startingDeadlineSeconds': 'else 100 missed starts stop the schedule for good',
  'spec.jobTemplate.spec.backoffLimit': 'else a failing run is tried six times more',
  'spec.jobTemplate.spec.activeDeadlineSeconds': 'else a run that hangs blocks all later ones',
  'spec.jobTemplate.spec.ttlSecondsAfterFinished': 'else its pods stay for ever',
};

/** What kustomize appends to the name of a generated ConfigMap or Secret. */
const CONTENT_HASH = /-[2456789bcdfghkmt]{10}$/;

/** A Job cannot be changed, so the same release must always render the same one: it refers to no name that a content gives. */
export const immutableJobs: Rule = ({ objects }) =>
  ofKind(objects, 'Job').flatMap((object) =>
    namesIn(object.spec)
      .filter(({ name }) => CONTENT_HASH.test(name))
      .map(({ name, path }) =>
        fault(
          object,
          `spec${path}`,
          `${name} changes with its content, and a Job cannot be changed: turn the hash off (disableNameSuffixHash), or set the value here`,
        ),
      ),
  );

/** A Job that runs once per release ends: it has a deadline and counts its attempts. */
export const boundedJobs: Rule = ({ objects }) =>
  ofKind(objects, 'Job').flatMap((object) =>
    (['backoffLimit', 'activeDeadlineSeconds'] as const)
      .filter((field) => object.spec?.[field] === undefined)
      .map((field) =>
        fault(object, `spec.${field}`, 'must be set, so that a release that cannot migrate fails'),
      ),
  );

/** New pods wait for the migration: a rollout does not give up before it has. */
export const migrationTime: Rule = ({ objects }) =>
  ofKind(objects, 'Job').flatMap((job) => {
    const { activeDeadlineSeconds: longest } = job.spec ?? {};
    if (longest === undefined) return [];
    return ofKind(objects, 'Deployment').flatMap((deployment) => {
      const { minReadySeconds = 0, progressDeadlineSeconds: deadline = 600 } = deployment.spec ?? {};
      const waiting = deployment.metadata.namespace === job.metadata.namespace;
      if (!waiting || longest + minReadySeconds < deadline) return [];
      const message = `must be more than ${longest + minReadySeconds} s: ${longest} s activeDeadlineSeconds of Job ${job.metadata.name} + ${minReadySeconds} s minReadySeconds; it is ${deadline} s`;
      return [fault(deployment, 'spec.progressDeadlineSeconds', message)];
    });
  });

function namesIn(value: unknown, path = ''): { name: string; path: string }[] {
  if (Array.isArray(value))
    return (value as unknown[]).flatMap((item, index) => namesIn(item, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, field]: [string, unknown]) =>
    /^(name|secretName)$/.test(key) && typeof field === 'string'
      ? [{ name: field, path: `${path}.${key}` }]
      : namesIn(field, `${path}.${key}`),
  );
}
