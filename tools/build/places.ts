import { relative, resolve } from 'node:path';
import { workspace } from './workspace';

/** Where the code of each line of app.js is in the source. */
export interface Places {
  /** As seen from the workspace, wherever the artefact is. */
  sources: string[];
  /**
   * For each line, segments joined by a space: `column,source,line,column`, the first of them in app.js. All count from 0; a segment
   * that the bundler made has its column only.
   */
  lines: string[];
}

interface SourceMapJson {
  mappings: string;
  sources: string[];
}

/**
 * Unfolds a source map, so that the launcher has to read no more than one line of it. To unfold it there, or to let Node do so, takes
 * 10 MB and 10 ms for the first error of a process.
 *
 * @param folder to which the map's sources are relative
 */
export function unfoldSourceMap(map: string, folder: string): Places {
  const { mappings, sources } = JSON.parse(map) as SourceMapJson;
  const position = [0, 0, 0, 0];
  const lines = mappings.split(';').map((line) => {
    position[0] = 0;
    const segments = line
      .split(',')
      .filter(Boolean)
      .map((text) => advance(position, decode(text)));
    return segments.join(' ');
  });
  return { lines, sources: sources.map((source) => relative(workspace, resolve(folder, source))) };
}

/** ECMA-426: each number of a segment is the difference to the one before, a fifth one is of a name. */
function advance(position: number[], differences: number[]): string {
  const known = differences.slice(0, position.length);
  for (const [index, difference] of known.entries()) position[index] = (position[index] ?? 0) + difference;
  return position.slice(0, known.length).join(',');
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const CONTINUES = 32;

/** Base64 digits of five bits each, the least first; the lowest bit of a whole number is its sign. */
function decode(segment: string): number[] {
  const numbers: number[] = [];
  let number = 0;
  let shift = 0;
  for (const character of segment) {
    const digit = BASE64.indexOf(character);
    number |= (digit & (CONTINUES - 1)) << shift;
    shift += 5;
    if (digit & CONTINUES) continue;
    numbers.push(number & 1 ? -(number >> 1) : number >> 1);
    number = 0;
    shift = 0;
  }
  return numbers;
}
