import { formatFiles, type Tree } from '@nx/devkit';
import { createTree } from './tree.fixture';
import { TypeScriptFile } from './typescript-file';

const PATH = 'libs/sample/src/sample.ts';
let tree: Tree;

function sample(text: string): TypeScriptFile {
  tree = createTree({ [PATH]: text });
  return new TypeScriptFile(tree, PATH);
}

/** As a person would find it: laid out by the formatter. */
async function formatted(): Promise<string> {
  await formatFiles(tree);
  return tree.read(PATH, 'utf8') ?? '';
}

describe('an import', () => {
  it('joins the one of the same module, in order', async () => {
    sample(`import { a, c } from '@x/y';\n`).import('b', '@x/y').import('d', '@x/y').import('a', '@x/y');
    expect(await formatted()).toBe(`import { a, b, c, d } from '@x/y';\n`);
  });

  it('is put among those of packages, or of files, by its module', async () => {
    sample(`import { a } from '@x/a';\nimport { z } from 'z';\nimport { b } from './b';\n`)
      .import('m', '@x/m')
      .import('c', 'libs/sample/src/c.ts')
      .import('up', 'libs/other/up.ts');
    expect(await formatted()).toBe(
      [
        `import { a } from '@x/a';`,
        `import { m } from '@x/m';`,
        `import { z } from 'z';`,
        `import { up } from '../../other/up';`,
        `import { b } from './b';`,
        `import { c } from './c';`,
        '',
      ].join('\n'),
    );
  });

  it('of a name that the file has from elsewhere is refused', () => {
    const file = sample(`import { a } from 'other';\n`);
    expect(() => file.import('a', '@x/a')).toThrow(/^libs.*sample.ts imports another a, from other: .*$/);
  });
});

describe('an element', () => {
  it.each([
    ['a list', 'const list = [a];\n', 'const list = [a, b];\n'],
    ['an empty list', 'const list = [];\n', 'const list = [b];\n'],
    ['a list with a comma last', 'const list = [\n  a,\n];\n', 'const list = [a, b];\n'],
    ['a property', 'f({ list: [a] });\n', 'f({ list: [a, b] });\n'],
    ['what a function returns', 'const list = (x) => [a];\n', 'const list = (x) => [a, b];\n'],
    [
      'the outermost of a name',
      'const x = { y: { list: [c] }, list: [a] };\n',
      'const x = { y: { list: [c] }, list: [a, b] };\n',
    ],
  ])('is added to %s', async (_, before, after) => {
    sample(before).addToList('list', 'b');
    expect(await formatted()).toBe(after);
  });

  it('is added within the call that is named', async () => {
    sample('const x = { list: [a], y: g.f({ list: [a] }) };\n').addToList('list', 'b', 'g.f');
    expect(await formatted()).toBe('const x = { list: [a], y: g.f({ list: [a, b] }) };\n');
  });

  it.each([
    ['that is there already', 'const list = [b];\n', 'list in libs/sample/src/sample.ts has b already'],
    ['without a list', 'const list = 1;\n', 'There is no list list in libs/sample/src/sample.ts'],
  ])('%s is refused, and nothing is changed', (_, text, message) => {
    const file = sample(text);
    expect(() => file.addToList('list', 'b')).toThrow(message);
    expect(file.text).toBe(text);
  });
});

it('an argument and a property are added to the call or object that a variable is set to', async () => {
  sample('const a = f(x);\nconst b = g({ y: 1 });\nconst c = {};\n')
    .addArgument('a', 'z')
    .addProperty('b', 'z: 2')
    .addProperty('c', 'z: 3');
  expect(await formatted()).toBe('const a = f(x, z);\nconst b = g({ y: 1, z: 2 });\nconst c = { z: 3 };\n');
});

it.each(['addArgument', 'addProperty'] as const)('%s says in one line that it has no place', (add) => {
  expect(() => sample('const a = 1;\n')[add]('a', 'z')).toThrow(
    /^There is no .* in libs\/sample\/src\/sample.ts: .*$/,
  );
});

it('an export is put in the order of the files', async () => {
  sample(`export { a } from './a';\nexport { c } from './c';\n`)
    .export('{ b }', './b')
    .export('{ d }', './d');
  expect(await formatted()).toBe(
    ['a', 'b', 'c', 'd'].map((name) => `export { ${name} } from './${name}';\n`).join(''),
  );
});

it('a file that is not there is named', () => {
  expect(() => new TypeScriptFile(createTree({}), 'libs/nothing.ts')).toThrow('There is no libs/nothing.ts');
});
