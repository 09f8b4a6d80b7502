import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const workspace = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(workspace, path), 'utf8');
const readme = read('README.md');

/** Every document that a person reads, by its path. */
const documents = filesOfGit().filter((path) => path.endsWith('.md'));
const words = new Set(
  filesOfGit()
    .filter((path) => !path.endsWith('.md') && path !== 'package-lock.json' && !__filename.endsWith(path))
    .flatMap((path) => read(path).match(/\w+/g) ?? []),
);
/** Names in other people's software, which nothing of ours holds. */
const FOREIGN = new Set([
  'externalTrafficPolicy',
  'flushSync',
  'forceCloseConnections',
  'podMonitorSelectorNilUsesHelmValues',
  'prometheusSpec',
  'ruleSelectorNilUsesHelmValues',
  'shared_buffers',
]);

const NX_COMMAND = /npx nx ([a-z-]+) ([a-z0-9-]+)(?: --configuration=([\w-]+))?/g;

/** New ones too, as soon as they are there. */
function filesOfGit(): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const listed = execFileSync('git', args, { cwd: workspace, encoding: 'utf8' }).split('\0');
  return listed.filter((path) => path !== '' && existsSync(join(workspace, path)));
}

/** As GitHub makes them of headings. */
function anchorsOf(path: string): string[] {
  const headings = matches(withoutBlocks(read(path)), /^#+ (.+)$/gm);
  return headings.map((text) =>
    text
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

function withoutBlocks(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '');
}

function matches(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), ([, found = '']) => found);
}

const { generators } = JSON.parse(read('tools/generators/generators.json')) as { generators: object };

/** By project, as Nx sees it: what its plugins infer included. */
const targets = new Map<string, Record<string, { configurations?: object }>>();

function targetsOf(project: string) {
  const known = targets.get(project);
  if (known) return known;
  const nx = join(workspace, 'node_modules/.bin/nx');
  const env = { ...process.env, NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false' };
  const shown = execFileSync(nx, ['show', 'project', project, '--json'], {
    cwd: workspace,
    env,
    encoding: 'utf8',
  });
  const found = (JSON.parse(shown) as { targets: Record<string, { configurations?: object }> }).targets;
  targets.set(project, found);
  return found;
}

describe('the README', () => {
  test('is short enough to be read', () => {
    // 150 with the 17 folders of the starter; a generator adds a line for each app and lib.
    const folder = /^ {2}[a-z0-9-]+\/ /;
    const lines = readme.trimEnd().split('\n');
    expect(lines.filter((line) => !folder.test(line)).length).toBeLessThanOrEqual(133);
  });

  test('names every script that people call, and none that does not exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = new Set(matches(readme, /npm (?:run )?(?!ci\b)(start|test(?::system)?|[a-z:]+)\b/g));
    expect([...named].sort()).toEqual(Object.keys(scripts).sort());
  });

  test('has a line for every folder of apps and libs, and for no other', () => {
    const tree = readme.slice(readme.indexOf('## What is where'), readme.indexOf('## The processes'));
    for (const room of ['apps', 'libs']) {
      const block = tree.slice(tree.indexOf(`${room}/\n`) + room.length + 2).split(/\n(?! {2})/)[0] ?? '';
      expect(matches(block, /^ {2}([a-z0-9-]+)\//gm)).toEqual(
        expect.arrayContaining(readdirSync(join(workspace, room))),
      );
      expect(matches(block, /^ {2}([a-z0-9-]+)\//gm)).toHaveLength(readdirSync(join(workspace, room)).length);
    }
  });
});

describe.each(documents)('%s', (path) => {
  test('links only to what is there', () => {
    const links = matches(read(path), /\]\((?!https?:)([^)#]+)[^)]*\)/g);
    expect(links.filter((link) => !existsSync(join(workspace, dirname(path), link)))).toEqual([]);
  });

  test('links only to headings that are there', () => {
    const links = Array.from(read(path).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g));
    const dead = links.filter(([, file = '', anchor = '']) => {
      const target = file ? join(dirname(path), file) : path;
      return !target.endsWith('.md') || !anchorsOf(target).includes(anchor);
    });
    expect(dead.map(([link]) => link)).toEqual([]);
  });

  test('names only scripts that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = matches(read(path), /npm run (?:--silent )?([\w:-]+)/g);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  test('names no variable, function or metric that the code does not have', () => {
    const code = matches(withoutBlocks(read(path)), /`([^`\n]+)`/g);
    const named = code.flatMap((text) => text.match(/\b[A-Za-z]\w*(?:_|[a-z][A-Z])\w*/g) ?? []);
    expect(named.filter((name) => !words.has(name) && !FOREIGN.has(name))).toEqual([]);
  });

  test('names only Nx targets and configurations that the projects have', () => {
    for (const [, target = '', project = '', configuration] of read(path).matchAll(NX_COMMAND)) {
      // Nx's own.
      if (target === 'run-many' || target === 'release') continue;
      if (target === 'g') {
        expect(generators).toHaveProperty(project);
        continue;
      }
      expect(targetsOf(project)).toHaveProperty(target);
      if (configuration !== undefined)
        expect(targetsOf(project)[target]?.configurations).toHaveProperty(configuration);
    }
  });

  test('names only source files that are there', () => {
    const named = matches(read(path), /`((?:apps|libs|tools|deploy|docs)\/[\w./-]+)`/g);
    expect(named.filter((file) => !existsSync(join(workspace, file)))).toEqual([]);
  });
});
