import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, getFileInfo, resolveConfig } from 'prettier';
import { workspace } from '../start/local-files';
import type { Place } from './places';

export interface Change {
  path: string;
  content: string;
  /** How often each fact stands in it. */
  counts: ReadonlyMap<string, number>;
}

/** Written anew by `npm run generate`. */
const GENERATED = /^(\.env\.example|docs\/configuration\.md|deploy\/snapshots\/)/;

/** What the tracked files have to hold, of those that have to change. Places of `before` and `after` go together by their order. */
export async function changesTo(before: readonly Place[], after: readonly Place[]): Promise<Change[]> {
  const pairs = before.flatMap((place, index) => {
    const to = after[index]?.text ?? '';
    return to === place.text ? [] : [{ ...place, to }];
  });
  const changes: Change[] = [];
  for (const path of trackedFiles()) {
    const change = changeOf(path, pairs);
    if (change) changes.push({ ...change, content: await formatted(path, change.content) });
  }
  return changes;
}

export function write(changes: readonly Change[]): void {
  for (const { path, content } of changes) writeFileSync(join(workspace, path), content);
}

function trackedFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z'], { cwd: workspace, encoding: 'utf8' });
  return listed
    .split('\0')
    .filter((path) => path !== '' && !GENERATED.test(path))
    .filter((path) => lstatSync(join(workspace, path)).isFile());
}

/** In one pass, so that two facts can change places. */
function changeOf(path: string, pairs: readonly (Place & { to: string })[]): Change | undefined {
  const own = pairs.filter(({ files }) => files.test(path));
  if (own.length === 0) return undefined;
  const text = readFileSync(join(workspace, path), 'utf8');
  const counts = new Map<string, number>();
  const content = text.replace(anyOf(own.map((pair) => pair.text)), (found) => {
    const pair = own.find((each) => each.text === found);
    if (!pair) return found;
    counts.set(pair.option, (counts.get(pair.option) ?? 0) + 1);
    return pair.to;
  });
  return counts.size > 0 ? { path, content, counts } : undefined;
}

/** None of them as part of a longer word. */
function anyOf(texts: readonly string[]): RegExp {
  const alternatives = texts.map(
    (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&') + (/\w$/.test(text) ? '(?![\\w-])' : ''),
  );
  return new RegExp(alternatives.join('|'), 'g');
}

/** A name of another length makes lines break elsewhere. */
async function formatted(path: string, content: string): Promise<string> {
  const filepath = join(workspace, path);
  const ignorePath = join(workspace, '.prettierignore');
  const { ignored, inferredParser } = await getFileInfo(filepath, { ignorePath });
  if (ignored || inferredParser === null) return content;
  return format(content, { ...(await resolveConfig(filepath)), filepath });
}
