import { Fault, fault } from '../fault';
import { ofKind } from '../objects';
import { ownContainers, parseImage } from '../processes';
import type { Rule } from '../rendered';
import { allContainers, PlacedContainer } from '../workloads';

const VERSION = 'app.kubernetes.io/version';
const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const DNS_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** A Job's name becomes a label of its pods. */
const MAX_JOB_NAME = 63;

/** Every image says which one it is. */
export const imageTags: Rule = ({ objects }) =>
  allContainers(objects).flatMap(({ workload, container, path }) => {
    const { tag, digest } = parseImage(container.image ?? '');
    if (digest !== undefined || (tag !== undefined && tag !== 'latest')) return [];
    const message = `${container.image ?? 'no image'} can be another image tomorrow: give it a tag of its own`;
    return [fault(workload.object, `${path}.image`, message)];
  });

/** One version per release: image tag, version labels and the migration Job's name say the same. */
export const versions: Rule = ({ objects }) => ownContainers(objects).flatMap(versionFaults);

function versionFaults({ workload, container, path }: PlacedContainer): Fault[] {
  const { object, template } = workload;
  const label = `metadata.labels[${VERSION}]`;
  const version = object.metadata.labels?.[VERSION];
  if (version === undefined) return [fault(object, label, 'must be set: it names the release')];
  if (!LABEL_VALUE.test(version))
    return [fault(object, label, `${version} is no label value: at most 63 of A-Z, a-z, 0-9, - _ and .`)];
  const faults: Fault[] = [];
  const { tag } = parseImage(container.image ?? '');
  if (tag !== undefined && tag !== version)
    faults.push(fault(object, `${path}.image`, `has the tag ${tag}, and the version label says ${version}`));
  const onPods = template.metadata?.labels?.[VERSION];
  if (onPods !== version) {
    const message = `is ${onPods ?? 'not set'}, and the object's says ${version}`;
    faults.push(fault(object, `${workload.path}.${label}`, message));
  }
  return faults;
}

/** A new version has a new Job, or a plain apply would not migrate. */
export const jobNames: Rule = ({ objects }) =>
  ofKind(objects, 'Job').flatMap((object): Fault[] => {
    const { name, labels } = object.metadata;
    const version = labels?.[VERSION] ?? '';
    if (!DNS_NAME.test(name) || name.length > MAX_JOB_NAME) {
      const message = `is no name for a Job: the version may hold a-z, 0-9, - and ., and ${MAX_JOB_NAME} characters are the most in all`;
      return [fault(object, 'metadata.name', message)];
    }
    if (version !== '' && name.endsWith(`-${version}`)) return [];
    return [
      fault(object, 'metadata.name', `must end in -${version}, or a new version would not run it again`),
    ];
  });
