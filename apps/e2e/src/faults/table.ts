import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from './finding';

const DOCUMENT = join(__dirname, '../../../../docs/operations.md');
const BEGIN = '<!-- Written by npm run faults. -->';
const END = '<!-- End of what npm run faults writes. -->';

/** The cells that do not depend on how busy a machine is: these have to be as documented. */
const FIXED = {
  Fault: ({ fault }: Finding) => fault,
  Liveness: ({ liveness }: Finding) => liveness,
  Readiness: ({ readiness }: Finding) => readiness,
  'Answers of the api': ({ answers }: Finding) => answers,
  Worker: ({ worker }: Finding) => worker,
  'In the log': ({ log }: Finding) => log,
};
const MEASURED = {
  'Slowest answer': ({ slowestMs }: Finding) => seconds(slowestMs),
  'Back after': ({ backAfterMs }: Finding) => (backAfterMs === undefined ? '' : seconds(backAfterMs)),
};

/** The row's cells that are compared, as one line. */
export function fixedCells(finding: Finding): string {
  return line(Object.values(FIXED).map((cell) => cell(finding)));
}

/** What the document says of each fault, without what was measured. */
export function documentedRows(): string[] {
  const [, rest = ''] = readFileSync(DOCUMENT, 'utf8').split(BEGIN);
  const [table = ''] = rest.split(END);
  const rows = table.trim().split('\n').slice(2);
  return rows.map((row) =>
    line(
      row
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim())
        .slice(0, -2),
    ),
  );
}

/** Puts what was found in place of what the document said. */
export function writeTable(findings: Finding[]): void {
  const columns = { ...FIXED, ...MEASURED };
  const head = [line(Object.keys(columns)), line(Object.keys(columns).map(() => '---'))];
  const rows = findings.map((finding) => line(Object.values(columns).map((cell) => cell(finding))));
  const text = readFileSync(DOCUMENT, 'utf8');
  const [before = '', after = ''] = [text.split(BEGIN)[0], text.split(END)[1]];
  writeFileSync(DOCUMENT, `${before}${BEGIN}\n\n${[...head, ...rows].join('\n')}\n\n${END}${after}`);
}

function line(cells: string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
