import { withoutImports } from './gone-imports';

const PATH = 'apps/sample/src/sample.ts';
const isGone = (module: string) => module === '@x/gone' || module.startsWith('apps/sample/src/gone/');
const without = (text: string) => withoutImports(PATH, text, isGone);

it.each([
  ['an element of a list', 'const list: A[] = [a, gone];', 'const list: A[] = [a];'],
  ['the only one', 'const list: A[] = [gone];', 'const list: A[] = [];'],
  ['the only one, before a comma', 'const list = [\n  gone,\n];', 'const list = [\n];'],
  ['one that is made of it', 'f({ list: [gone.of({ a }), b] });', 'f({ list: [ b] });'],
  ['one that is deeper in it', 'const list = [{ id: 1, of: gone }, b];', 'const list = [ b];'],
  ['one of an inner list', 'f({ list: [a, g({ list: [gone] })] });', 'f({ list: [a, g({ list: [] })] });'],
  ['a call in a list', 'const list = [group(1, gone), group(2, a)];', 'const list = [ group(2, a)];'],
  ['a property', 'const map = { a, ...gone, b: 1 };', 'const map = { a, b: 1 };'],
  ['an argument', 'const set = compose(a, gone);', 'const set = compose(a);'],
  ['what is of the same name elsewhere', 'f(a.gone, { gone: 1 });', 'f(a.gone, { gone: 1 });'],
])('takes out %s', (_, before, after) => {
  const text = `import { a } from '@x/a';\nimport { gone, type Other } from '@x/gone';\n\n${before}\n`;
  expect(without(text)).toEqual({ text: `import { a } from '@x/a';\n\n${after}\n`, stillUsed: [] });
});

it('knows a file by its path, and takes out what is exported of it', () => {
  const text = "import { Gone } from './gone/file';\nexport { b } from './gone/b';\nconst list = [Gone];\n";
  expect(without(text)).toEqual({ text: 'const list = [];\n', stillUsed: [] });
});

it('says what is used where it cannot be taken out', () => {
  const text = "import { gone } from '@x/gone';\nexport function f() {\n  return gone(1);\n}\n";
  expect(without(text).stillUsed).toEqual(['gone']);
});

it('leaves what imports nothing of it as it is', () => {
  const text = "import { a } from './a';\nconst list = [a, gone];\n";
  expect(without(text)).toEqual({ text, stillUsed: [] });
});
