import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Rule {
  matchPackageNames?: string[];
  matchDepTypes?: string[];
  matchManagers?: string[];
  enabled?: boolean;
}

const workspace = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(workspace, path), 'utf8');
const { packageRules: rules } = JSON.parse(read('renovate.json')) as { packageRules: Rule[] };
const manifest = JSON.parse(read('package.json')) as Record<'dependencies' | 'devDependencies', object>;
/** Packages, and what images are made of or run. */
const known = [
  ...Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }),
  ...Array.from(
    [read('Dockerfile'), read('compose.yaml'), read('.devcontainer/devcontainer.json')]
      .join('\n')
      .matchAll(/(?:_IMAGE=|image: |"image": ")([\w./-]+)/g),
    ([, image = '']) => image,
  ),
];

test('every rule is about something that is there', () => {
  const named = rules
    .filter(({ matchManagers }) => !matchManagers)
    .flatMap(({ matchPackageNames = [] }) => matchPackageNames);
  const fits = (name: string) =>
    known.some((each) => (name.endsWith('**') ? each.startsWith(name.slice(0, -2)) : each === name));
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !fits(name))).toEqual([]);
});

test('the overrides, which hold the lock file complete, stay as they are', () => {
  expect(rules.filter(({ matchDepTypes }) => matchDepTypes?.includes('overrides'))).toMatchObject([
    { enabled: false },
  ]);
});
