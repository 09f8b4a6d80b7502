import { scratchFolder } from '@kubernest/testing';
import { fullCombinations, renderCombination, singleComponents } from './combinations';
import { findRenderer, Renderer } from './kustomize';
import { ofKind } from './objects';
import { foldersIn, renderOverlay } from './overlays';
import { faultsOf } from './validate';

let renderer: Renderer;
let scratch: string;

beforeAll(async () => {
  renderer = await findRenderer();
  scratch = scratchFolder();
});

test('no two overlays share a namespace', async () => {
  const overlays = await Promise.all(foldersIn('overlays').map((name) => renderOverlay(name, renderer)));
  const names = overlays.flatMap(({ objects }) =>
    ofKind(objects, 'Namespace').map(({ metadata }) => metadata.name),
  );
  expect(names).toHaveLength(overlays.length);
  expect(new Set(names).size).toBe(names.length);
});

describe('has no fault', () => {
  test.each(foldersIn('overlays'))('overlays/%s', async (name) => {
    const rendered = await renderOverlay(name, renderer);
    expect(await faultsOf(rendered)).toEqual([]);
    expect(rendered.objects.length).toBeGreaterThan(15);
  });

  const combinations = [...singleComponents(foldersIn('components')), ...fullCombinations()];
  test.each(combinations.map((combination) => [['base', ...combination].join(' + '), combination] as const))(
    '%s',
    async (_, combination) => {
      expect(await faultsOf(await renderCombination(combination, { renderer, scratch }))).toEqual([]);
    },
  );
});
