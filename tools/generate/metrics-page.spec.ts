import { staleFiles } from './generated-files';
import { metricsPage } from './metrics-page';

let page: string;
beforeAll(async () => {
  page = await metricsPage();
});

test('docs/metrics.md is what the processes register', () => {
  // When this fails: npm run generate
  expect(staleFiles({ 'docs/metrics.md': page })).toEqual([]);
});

test.each([
  ['of one app', '| `http_requests_total` | counter | method, route, status |', ['api']],
  ['of the other', '| `queue_jobs` | gauge | queue, state |', ['worker']],
  ['of both', '| `redis_command_duration_seconds` | histogram | command, outcome |', ['api', 'worker']],
  ['without labels', '| `readiness_up` | gauge |  |', ['api', 'worker']],
])('it tells of a metric %s once, with its meaning', (_, begin, exportedBy) => {
  const rows = page.split('\n').filter((line) => line.startsWith(begin));
  expect(rows).toEqual([expect.stringMatching(/\| [A-Z0-9][^|]+\. \|/)]);
  const apps = (rows[0]?.split('|').at(-2) ?? '').trim().split(', ');
  // Further services may export it, too.
  expect(apps.filter((app) => ['api', 'worker'].includes(app))).toEqual(exportedBy);
});

test('every row has a meaning, and follows Prometheus’ rules for names', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows.length).toBeGreaterThan(18);
  for (const row of rows) {
    const [, name = '', type, labels, help] = row.split('|').map((cell) => cell.trim());
    expect(name).toMatch(/^`[a-z]+(_[a-z]+)+`$/);
    expect(name.endsWith('_total`')).toBe(type === 'counter');
    if (type === 'histogram') expect(name).toMatch(/_seconds`$/);
    expect(labels).toMatch(/^([a-z_]+(, )?)*$/);
    expect(help).toMatch(/\.$/);
  }
});
