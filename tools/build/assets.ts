import { existsSync } from 'node:fs';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { workspace } from './workspace';

/**
 * Copies what the `assets.json` of the app and of the libs in it ask for: by folder of the artefact, files and folders of packages,
 * for example `{ "openapi-page": ["swagger-ui-dist/swagger-ui.css"] }`.
 *
 * @param sources of the app, absolute
 * @throws Error naming a file that does not exist
 */
export async function copyAssets(sources: Iterable<string>, artefact: string): Promise<void> {
  for (const project of projectsOf(sources)) {
    const declaration = join(workspace, project, 'assets.json');
    if (!existsSync(declaration)) continue;
    const assets = JSON.parse(await readFile(declaration, 'utf8')) as Record<string, string[]>;
    for (const [folder, files] of Object.entries(assets)) await copyInto(join(artefact, folder), files);
  }
}

/** Such as `apps/api` and `libs/http`. */
function projectsOf(sources: Iterable<string>): Set<string> {
  return new Set(
    Array.from(sources, (source) => relative(workspace, source).split(sep).slice(0, 2).join('/')),
  );
}

async function copyInto(folder: string, files: string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const file of files)
    await cp(join(workspace, 'node_modules', file), join(folder, basename(file)), { recursive: true });
}
