import { existsSync } from 'node:fs';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { workspace } from './workspace';

/**
 * Copies what `apps/<app>/assets.json` asks for, if there is one: by folder of the artefact, files and folders of packages,
 * for example `{ "openapi-page": ["swagger-ui-dist/swagger-ui.css"] }`.
 *
 * @throws Error naming a file that does not exist
 */
export async function copyAssets(app: string, artefact: string): Promise<void> {
  const declaration = join(workspace, 'apps', app, 'assets.json');
  if (!existsSync(declaration)) return;
  const assets = JSON.parse(await readFile(declaration, 'utf8')) as Record<string, string[]>;
  for (const [folder, files] of Object.entries(assets)) {
    await mkdir(join(artefact, folder), { recursive: true });
    for (const file of files) {
      await cp(join(workspace, 'node_modules', file), join(artefact, folder, basename(file)), {
        recursive: true,
      });
    }
  }
}
