import { tally, type JestReport, type TaskOutcome } from './tally';

function suite(statuses: Record<string, string>, status = 'passed'): JestReport['testResults'][number] {
  const assertionResults = Object.entries(statuses).map(([fullName, result]) => ({
    fullName,
    status: result,
  }));
  return { name: 'orders.spec.ts', status, message: '', assertionResults };
}

function jest(exitCode: number, ...suites: JestReport['testResults']): TaskOutcome {
  return { id: 'orders:test', exitCode, runsJest: true, report: { testResults: suites } };
}

it('counts each Jest test, and any other task as one', () => {
  const lint: TaskOutcome = { id: 'orders:lint', exitCode: 0, runsJest: false };
  const outcome = tally([lint, jest(0, suite({ one: 'passed', two: 'passed' }), suite({ three: 'passed' }))]);
  expect(outcome).toEqual({ passed: 4, failures: [] });
});

it('names each test and each task that failed', () => {
  const lint: TaskOutcome = { id: 'orders:lint', exitCode: 2, runsJest: false };
  const outcome = tally([lint, jest(1, suite({ one: 'passed', two: 'failed' }, 'failed'))]);
  expect(outcome).toEqual({
    passed: 1,
    failures: ['orders:lint ended with code 2', 'orders:test > two'],
  });
});

it.each(['pending', 'todo', 'disabled', 'skipped'])('counts a test that is %s as failed', (status) => {
  const { failures } = tally([jest(0, suite({ one: status, two: 'passed' }))]);
  expect(failures).toEqual([`orders:test > one (${status}: a test that does not run has not passed)`]);
});

it('counts a suite that could not be loaded as failed', () => {
  const { failures } = tally([jest(1, suite({ one: 'passed' }), suite({}, 'failed'))]);
  expect(failures).toEqual(['orders:test > orders.spec.ts did not run to its end']);
});

it('counts a Jest that crashed before writing results as failed', () => {
  const { failures } = tally([{ id: 'orders:test', exitCode: 1, runsJest: true }]);
  expect(failures).toEqual(['orders:test ended with code 1 and wrote no results']);
});

it('counts a Jest that failed after its tests had passed as failed', () => {
  const { failures } = tally([jest(1, suite({ one: 'passed' }))]);
  expect(failures).toEqual(['orders:test ended with code 1, though each of its tests passed']);
});

it('counts a Jest without any test as failed', () => {
  expect(tally([jest(0)]).failures).toEqual(['orders:test ran no test']);
});

it('counts a task that was never run as failed', () => {
  const { failures } = tally([{ id: 'api:build', exitCode: undefined, runsJest: false }]);
  expect(failures).toEqual(['api:build was not run']);
});

it('does not take a run without tasks for a success', () => {
  expect(tally([]).failures).toEqual(['nothing was run']);
});
