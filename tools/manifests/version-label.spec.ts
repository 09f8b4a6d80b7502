import { changedOverlay } from './changed-overlay.fixture';
import { KubernetesObject, Labels, ofKind } from './objects';
import { deploymentsOfBase } from './overlays';
import { ownContainers, parseImage } from './processes';
import { workloadsOf } from './workloads';

const VERSION = 'app.kubernetes.io/version';

/** Of the objects, of what they make, and of what that makes. */
function labelsOf(objects: readonly KubernetesObject[]): Labels[] {
  return [
    ...objects.map(({ metadata }) => metadata.labels ?? {}),
    ...workloadsOf(objects).map(({ template }) => template.metadata?.labels ?? {}),
    ...ofKind(objects, 'CronJob').map(({ spec }) => spec?.jobTemplate?.metadata?.labels ?? {}),
  ];
}

describe.each([
  '1.10',
  '1234567',
  'true',
  '007',
  '1.6.0-rc.1',
  '4e12345',
  '2026-11-24',
  '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b',
])('the version %s', (version) => {
  let objects: readonly KubernetesObject[];
  beforeAll(async () => {
    ({ objects } = await changedOverlay('prod', [[/&version '[^']*'/, `&version '${version}'`]]));
  });

  test('is a string in every label', () => {
    const labels = labelsOf(objects);
    const values = labels.flatMap((each) => (VERSION in each ? [each[VERSION]] : []));
    expect(new Set(values)).toEqual(new Set([version]));
    expect(labels.flatMap((each) => Object.values(each)).filter((each) => typeof each !== 'string')).toEqual(
      [],
    );
  });

  test('is on the pods of every workload, and the tag of every image', () => {
    const own = ownContainers(objects);
    // Beside the migration.
    expect(own).toHaveLength(deploymentsOfBase().length + ofKind(objects, 'CronJob').length + 1);
    for (const { workload, container } of own) {
      expect(workload.template.metadata?.labels?.[VERSION]).toBe(version);
      expect(parseImage(container.image ?? '').tag).toBe(version);
    }
  });

  test('ends the name of the migration', () => {
    expect(ofKind(objects, 'Job').map(({ metadata }) => metadata.name)).toEqual([`migrate-${version}`]);
  });
});
