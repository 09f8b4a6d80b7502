/** The part of Jest's `--json` that counts. */
export interface JestReport {
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { fullName: string; status: string }[];
  }[];
}

/** What became of one Nx task. */
export interface TaskOutcome {
  /** As Nx writes it: `orders:lint`. */
  id: string;
  /** Undefined when the task was never run, for example because one that it needs has failed. */
  exitCode: number | undefined;
  /** Only for tasks that run Jest; undefined when Jest wrote none. */
  report?: JestReport | undefined;
  runsJest: boolean;
}

export interface Tally {
  passed: number;
  /** What failed, by name. */
  failures: string[];
}

/** Each Jest test counts by its own result, any other task as one. A test that was skipped has not passed. */
export function tally(outcomes: TaskOutcome[]): Tally {
  if (outcomes.length === 0) return { passed: 0, failures: ['nothing was run'] };
  const parts = outcomes.map((outcome) => (outcome.runsJest ? tallyTests(outcome) : tallyTask(outcome)));
  return {
    passed: parts.reduce((sum, part) => sum + part.passed, 0),
    failures: parts.flatMap((part) => part.failures),
  };
}

function tallyTask({ id, exitCode }: TaskOutcome): Tally {
  if (exitCode === 0) return { passed: 1, failures: [] };
  return { passed: 0, failures: [`${id} ${ending(exitCode)}`] };
}

function tallyTests({ id, exitCode, report }: TaskOutcome): Tally {
  if (!report) return { passed: 0, failures: [`${id} ${ending(exitCode)} and wrote no results`] };
  const tests = report.testResults.flatMap((suite) =>
    suite.assertionResults.map(({ fullName, status }) => ({ name: `${id} > ${fullName}`, status })),
  );
  const failures = [
    ...report.testResults.filter(failedToLoad).map((suite) => `${id} > ${suite.name} did not run to its end`),
    ...tests
      .filter(({ status }) => status !== 'passed')
      .map(({ name, status }) => `${name}${remark(status)}`),
  ];
  const passed = tests.filter(({ status }) => status === 'passed').length;
  if (failures.length === 0 && exitCode !== 0)
    failures.push(`${id} ${ending(exitCode)}, though each of its tests passed`);
  if (failures.length === 0 && passed === 0) failures.push(`${id} ran no test`);
  return { passed, failures };
}

/** A suite that fails although none of its tests did: a syntax error, a missing import, a hook at its end. */
function failedToLoad(suite: JestReport['testResults'][number]): boolean {
  return suite.status === 'failed' && !suite.assertionResults.some(({ status }) => status === 'failed');
}

function ending(exitCode: number | undefined): string {
  return exitCode === undefined ? 'was not run' : `ended with code ${exitCode}`;
}

function remark(status: string): string {
  return status === 'failed' ? '' : ` (${status}: a test that does not run has not passed)`;
}
