import { chmodSync, existsSync, lstatSync, mkdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../scratch-folder';
import { assertServerUserOwns, reachablePath, removeReachable } from './server-user';

const asRoot = process.getuid?.() === 0;
let closed: string;

beforeEach(() => {
  closed = scratchFolder();
  chmodSync(closed, 0o700);
});

afterEach(() => {
  removeReachable(closed);
});

it('keeps data where it was asked for when the server runs as ourselves, else where nobody can reach it', () => {
  const path = join(closed, 'data');
  const place = reachablePath(path);
  if (asRoot) {
    expect(place).toMatch(/^\/var\/tmp\/data-of-[0-9a-f]{12}\//);
    expect(readlinkSync(path)).toBe(place);
  } else expect(place).toBe(path);
});

it('gives the same place again while there is data, and an empty one once it was removed', () => {
  const path = join(closed, 'data');
  const place = reachablePath(path);
  mkdirSync(place);
  writeFileSync(join(place, 'note'), '');
  expect(reachablePath(path)).toBe(place);
  expect(existsSync(join(path, 'note'))).toBe(true);
  rmSync(path, { recursive: true });
  expect(existsSync(join(reachablePath(path), 'note'))).toBe(false);
});

it('removes the data and what leads there', () => {
  const path = join(closed, 'data');
  const place = reachablePath(path);
  mkdirSync(place);
  removeReachable(path);
  expect(existsSync(place)).toBe(false);
  expect(() => lstatSync(path)).toThrow('ENOENT');
});

it('never removes data that is in the way', () => {
  const path = join(closed, 'data');
  mkdirSync(path);
  writeFileSync(join(path, 'letter.txt'), 'Dear Sir');
  if (asRoot) expect(() => reachablePath(path)).toThrow(/data, which is not empty: move it away/);
  else expect(reachablePath(path)).toBe(path);
  expect(existsSync(join(path, 'letter.txt'))).toBe(true);
});

it("refuses a folder that another user's server has made, saying what to do", () => {
  const foreign = asRoot ? closed : '/';
  expect(() => assertServerUserOwns(foreign)).toThrow(
    /was made by .*: run this as that user, or remove the folder/,
  );
});
