import { scratchFolder } from '@kubernest/testing';
import { build } from 'esbuild';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { unfoldSourceMap } from './places';
import { workspace } from './workspace';

test('a source map says after unfolding what it says to Node', async () => {
  const folder = scratchFolder();
  const { outputFiles } = await build({
    entryPoints: ['tools/build/launcher.cjs', 'tools/build/places.ts'],
    absWorkingDir: workspace,
    outdir: folder,
    sourcemap: 'external',
    write: false,
    minify: true,
  });
  const maps = outputFiles.filter(({ path }) => path.endsWith('.map')).map(({ text }) => text);
  const places = maps.map((map) => unfoldSourceMap(map, folder));
  expect(places.flatMap(({ sources }) => sources)).toEqual([
    'tools/build/launcher.cjs',
    'tools/build/places.ts',
  ]);
  let compared = 0;
  for (const [index, map] of maps.entries()) {
    const expected = new SourceMap(JSON.parse(map) as SourceMapPayload);
    for (const [line, segments] of places[index]?.lines.entries() ?? []) {
      for (const segment of segments.split(' ').filter(Boolean)) {
        const [column = 0, , originalLine, originalColumn] = segment.split(',').map(Number);
        expect(expected.findEntry(line, column)).toMatchObject({ originalLine, originalColumn });
        compared++;
      }
    }
  }
  expect(compared).toBeGreaterThan(500);
});
