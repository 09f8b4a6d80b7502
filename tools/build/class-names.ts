import { transform, type Plugin } from 'esbuild';
import { readFile } from 'node:fs/promises';

/** Nest logs and reports its own classes by name; in a bundle `InstanceLoader` would be `_InstanceLoader`. */
export const nestClassNames: Plugin = {
  name: 'nest-class-names',
  setup(build) {
    build.onLoad({ filter: /\/node_modules\/@nestjs\/.+\.js$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { keepNames: true });
      return { contents: code };
    });
  },
};
