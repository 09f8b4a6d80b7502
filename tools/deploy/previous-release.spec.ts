import { previousRelease, type ReplicaSetList } from './previous-release';

type Row = [deployment: string, revision: number, version: string, created: string];

const list = (...rows: Row[]): ReplicaSetList => ({
  items: rows.map(([name, revision, version, day]) => ({
    metadata: {
      creationTimestamp: `2026-11-${day}T00:00:00Z`,
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
      ownerReferences: [{ kind: 'Deployment', name }],
    },
    spec: { template: { metadata: { labels: { 'app.kubernetes.io/version': version } } } },
  })),
});

const both = ['api-server', 'worker'];

test('goes back to the release before, past other settings and restarts of the present one', () => {
  const replicaSets = list(
    ['api-server', 1, '1.5.1', '01'],
    ['api-server', 2, '1.5.2', '02'],
    ['api-server', 3, '1.5.2', '03'],
    ['worker', 4, '1.5.1', '01'],
    ['worker', 5, '1.5.2', '02'],
  );
  expect(previousRelease(replicaSets, both)).toEqual([
    { name: 'api-server', revision: 1 },
    { name: 'worker', revision: 4 },
  ]);
});

test('takes the latest settings that the release before had', () => {
  const replicaSets = list(
    ['api-server', 1, '1.5.1', '01'],
    ['api-server', 2, '1.5.1', '02'],
    ['api-server', 3, '1.5.2', '03'],
  );
  expect(previousRelease(replicaSets, ['api-server'])).toEqual([{ name: 'api-server', revision: 2 }]);
});

test('once more goes further back, not forward again', () => {
  const replicaSets = list(
    ['api-server', 1, '1.5.0', '01'],
    ['api-server', 4, '1.5.1', '02'],
    ['api-server', 3, '1.5.2', '03'],
  );
  expect(previousRelease(replicaSets, ['api-server'])).toEqual([{ name: 'api-server', revision: 1 }]);
});

test('never mixes releases: one that a Deployment did not have is passed over', () => {
  const replicaSets = list(
    ['api-server', 1, '1.4.0', '01'],
    ['api-server', 2, '1.5.1', '02'],
    ['api-server', 3, '1.5.2', '03'],
    ['worker', 1, '1.4.0', '01'],
    ['worker', 2, '1.5.2', '03'],
  );
  expect(previousRelease(replicaSets, both).map(({ revision }) => revision)).toEqual([1, 1]);
});

test.each([
  ['there was none', list(['api-server', 1, '1.5.2', '01'], ['worker', 1, '1.5.2', '01']), '1.5.2'],
  ['nothing is there', list(), 'none'],
])('says so where %s', (_, replicaSets, present) => {
  expect(() => previousRelease(replicaSets, both)).toThrow(
    `The cluster knows no release before ${present} that api-server and worker all had`,
  );
});
