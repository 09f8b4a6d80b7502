import type { Aim, Result, Unit } from './result';

const HEAD = ['', 'measured', 'baseline', 'ratio', 'aim', 'met'];
const DECIMALS: Record<Unit, number> = { us: 0, ms: 1, s: 2, MB: 1, '1/s': 0, 'rows/s': 0 };
const DECIMALS_OF_RATIO = 2;

/** The results for people to read: one line each, figures aligned to the right. */
export function table(results: readonly Result[]): string {
  const rows = [HEAD, ...results.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => align(cell, widths[column] ?? 0, isFigure(column)))
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}

function align(cell: string, width: number, right: boolean): string {
  return right ? cell.padStart(width) : cell.padEnd(width);
}

function isFigure(column: number): boolean {
  return column >= 1 && column <= 3;
}

function cells({ what, unit, measured, baseline, ratio, aim, met }: Result): string[] {
  return [
    what,
    quantity(measured, unit),
    baseline === undefined ? '' : quantity(baseline, unit),
    ratio?.toFixed(DECIMALS_OF_RATIO) ?? '',
    aim ? goal(aim, unit) : '',
    met === undefined ? '' : met ? 'yes' : 'NO',
  ];
}

function quantity(value: number, unit: Unit): string {
  return `${value.toFixed(DECIMALS[unit])} ${unit}`;
}

function goal({ of, bound, value }: Aim, unit: Unit): string {
  return of === 'ratio' ? `ratio ${bound} ${value}` : `${bound} ${value} ${unit}`;
}
