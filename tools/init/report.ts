import type { Change } from './changes';
import type { Values } from './facts';

/** More than this are told by folder. */
const FILES_TO_NAME = 30;

/** What becomes of each fact, and where. */
export function report(changes: readonly Change[], from: Values, to: Values): string {
  const changed = Object.keys(to).filter((option) => to[option] !== from[option]);
  return changed
    .map((option) => about(option, changes, `${from[option] ?? ''} -> ${to[option] ?? ''}`))
    .join('\n');
}

function about(option: string, changes: readonly Change[], what: string): string {
  const counts = changes.flatMap(({ path, counts }) => {
    const count = counts.get(option);
    return count === undefined ? [] : [{ path, count }];
  });
  const rows =
    counts.length > FILES_TO_NAME ? byFolder(counts) : counts.map(({ path, count }) => `${path}: ${count}`);
  return [`${option}: ${what}, in ${counts.length} files`, ...rows.map((row) => `  ${row}`)].join('\n');
}

function byFolder(counts: readonly { path: string; count: number }[]): string[] {
  const folders = Map.groupBy(counts, ({ path }) =>
    path.includes('/') ? `${path.split('/')[0] ?? ''}/` : 'the root',
  );
  return [...folders].map(([folder, files]) => {
    const places = files.reduce((sum, { count }) => sum + count, 0);
    return `${folder}: ${places} in ${files.length} files`;
  });
}
