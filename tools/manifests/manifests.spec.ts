import { scratchFolder } from '@kubernest/testing';
import { fullCombinations, renderCombination, singleComponents } from './combinations';
import { findRenderer, Renderer } from './kustomize';
import { foldersIn, renderOverlay } from './overlays';
import { faultsOf } from './validate';

let renderer: Renderer;
let scratch: string;

beforeAll(async () => {
  renderer = await findRenderer();
  scratch = scratchFolder();
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
