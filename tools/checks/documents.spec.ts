import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const workspace = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(workspace, path), 'utf8');
const readme = read('README.md');

/** Every document that a person reads, by its path. */
const documents = ['README.md', 'deploy/README.md', ...markdownIn('docs')];

function markdownIn(folder: string): string[] {
  return readdirSync(join(workspace, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
}

function matches(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), ([, found = '']) => found);
}

describe('the README', () => {
  test('is short enough to be read', () => {
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  });

  test('names every script that people call, and none that does not exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = new Set(matches(readme, /npm (?:run )?(start|test(?::system)?|[a-z:]+)\b/g));
    expect([...named].sort()).toEqual(Object.keys(scripts).sort());
  });

  test('names only Nx targets that the projects have', () => {
    for (const [target, project] of matches(readme, /npx nx ([a-z-]+ [a-z-]+)/g).map((command) =>
      command.split(' '),
    )) {
      if (target === 'run-many' || target === undefined) continue;
      const folder = ['apps', 'libs']
        .map((room) => `${room}/${project ?? ''}`)
        .find((path) => existsSync(join(workspace, path)));
      const { targets } = JSON.parse(read(`${folder ?? 'nowhere'}/project.json`)) as { targets: object };
      expect(targets).toHaveProperty(target);
    }
  });

  test('has a line for every folder of apps and libs, and for no other', () => {
    const tree = readme.slice(readme.indexOf('## What is where'), readme.indexOf('## The processes'));
    for (const room of ['apps', 'libs']) {
      const block = tree.slice(tree.indexOf(`${room}/\n`) + room.length + 2).split(/\n(?! {2})/)[0] ?? '';
      expect(matches(block, /^ {2}([a-z0-9]+)\//gm)).toEqual(
        expect.arrayContaining(readdirSync(join(workspace, room))),
      );
      expect(matches(block, /^ {2}([a-z0-9]+)\//gm)).toHaveLength(readdirSync(join(workspace, room)).length);
    }
  });
});

describe.each(documents)('%s', (path) => {
  test('links only to what is there', () => {
    const links = matches(read(path), /\]\((?!https?:)([^)#]+)[^)]*\)/g);
    expect(links.filter((link) => !existsSync(join(workspace, dirname(path), link)))).toEqual([]);
  });

  test('names only source files that are there', () => {
    const named = matches(read(path), /`((?:apps|libs|tools|deploy|docs)\/[\w./-]+)`/g);
    expect(named.filter((file) => !existsSync(join(workspace, file)))).toEqual([]);
  });
});
