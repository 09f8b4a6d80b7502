import { scratchFolder } from '@kubernest/testing';
import { chmodSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Fault } from '../start/fault';
import { findRenderer, parseObjects } from './kustomize';

/** A PATH with nothing but programs that answer as told. */
function pathWith(programs: Record<string, string>): NodeJS.ProcessEnv {
  const folder = scratchFolder();
  for (const [name, output] of Object.entries(programs)) {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\nprintf '%s\\n' '${output}'\n`);
    chmodSync(file, 0o755);
  }
  return { PATH: folder };
}

function kustomization(content: object, more: Record<string, object> = {}): string {
  const folder = scratchFolder();
  const files = { 'kustomization.yaml': content, 'config-map.yaml': CONFIG_MAP, ...more };
  for (const [name, file] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(file));
  return folder;
}

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } };
const KUBECTL = (version: string) => `Client Version: v1.32.4\nKustomize Version: v${version}`;

describe('findRenderer', () => {
  test('takes kustomize', async () => {
    const { title } = await findRenderer(pathWith({ kustomize: 'v5.8.0', kubectl: KUBECTL('5.5.0') }));
    expect(title).toBe('kustomize 5.8.0');
  });

  test('takes the one in kubectl where there is no kustomize', async () => {
    const { title } = await findRenderer(pathWith({ kubectl: KUBECTL('5.5.0') }));
    expect(title).toBe('kubectl 1.32.4 with kustomize 5.5.0');
  });

  test('takes the one in kubectl where kustomize is too old', async () => {
    const { title } = await findRenderer(
      pathWith({ kustomize: '{Version:kustomize/v4.5.7 GitCommit:56d82a8}', kubectl: KUBECTL('6.0.0') }),
    );
    expect(title).toBe('kubectl 1.32.4 with kustomize 6.0.0');
  });

  test.each([
    ['is missing', {}, 'Neither is on the PATH'],
    ['is too old', { kustomize: 'v5.4.3' }, 'kustomize 5.4.3 is too old'],
    [
      'is too old in kubectl',
      { kubectl: KUBECTL('5.0.4') },
      'kubectl 1.32.4 with kustomize 5.0.4 is too old',
    ],
  ])('says in one line that it %s', async (_, programs, reason) => {
    const error: unknown = await findRenderer(pathWith(programs)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Fault);
    expect((error as Fault).message).toBe(
      `The manifests are rendered by kustomize 5.5 or later, or kubectl 1.32 or later, which has it. ${reason}: install one of them.`,
    );
  });
});

describe('a renderer', () => {
  test('renders', async () => {
    const renderer = await findRenderer();
    const yaml = await renderer.render(kustomization({ resources: ['config-map.yaml'], namePrefix: 'our-' }));
    expect(parseObjects(yaml)).toEqual([{ ...CONFIG_MAP, metadata: { name: 'our-settings' } }]);
  });

  test('says which folder it cannot render, and why', async () => {
    const renderer = await findRenderer();
    await expect(renderer.render(kustomization({ resources: ['nothing.yaml'] }))).rejects.toThrow(
      /cannot render .*scratch-.*nothing\.yaml/s,
    );
  });

  const patch = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { a: 'b' } };
  test.each([
    ['commonLabels', { app: 'x' }],
    ['patchesStrategicMerge', [JSON.stringify(patch)]],
    [
      'patchesJson6902',
      [
        {
          target: { version: 'v1', kind: 'ConfigMap', name: 'settings' },
          patch: '[{"op": "add", "path": "/data", "value": {}}]',
        },
      ],
    ],
    ['vars', [{ name: 'X', objref: { apiVersion: 'v1', kind: 'ConfigMap', name: 'settings' } }]],
  ])('refuses the deprecated field %s', async (field, value) => {
    const renderer = await findRenderer();
    const folder = kustomization({ resources: ['config-map.yaml'], [field]: value });
    await expect(renderer.render(folder)).rejects.toThrow(
      new RegExp(`warns of .*${field}.* is deprecated`, 's'),
    );
  });

  test('refuses the deprecated field bases', async () => {
    const renderer = await findRenderer();
    const base = basename(kustomization({ resources: ['config-map.yaml'] }));
    const folder = kustomization({ bases: [`../${base}`] });
    await expect(renderer.render(folder)).rejects.toThrow(/warns of .*bases.* is deprecated/s);
  });
});
