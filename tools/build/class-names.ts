import { transform, type Plugin } from 'esbuild';
import { readFile } from 'node:fs/promises';

/** As esbuild writes it. */
const HELPER = /^var __name = (.+);$/m;

/** Nest logs and reports its own classes by name; in a bundle `InstanceLoader` would be `_InstanceLoader`. */
export const nestClassNames: Plugin = {
  name: 'nest-class-names',
  setup(build) {
    build.onLoad({ filter: /\/node_modules\/@nestjs\/.+\.js$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { keepNames: true });
      return { contents: ofClassesOnly(code) };
    });
  },
};

/** esbuild names functions too, each time that one is made: for `switchToHttp()` alone, 2 us of every request. */
function ofClassesOnly(code: string): string {
  if (!code.includes('__name(')) return code;
  if (!HELPER.test(code)) throw new Error('esbuild keeps names in another way than tools/build knows');
  return code
    .replaceAll('__name(this, ', '__className(this, ')
    .replace(HELPER, 'var __className = $1, __name = (target) => target;');
}
