import { scratchFolder } from '@kubernest/testing';
import { appendFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AppName } from '../support/running-app';
import { makeBaseImages, NODE_IMAGE, RUNTIME_IMAGE } from './base-images';
import { copyRepository, npmConfiguration, plantUnwanted } from './build-context';
import { Buildah, type ImageConfig } from './buildah';

export interface BuiltImage {
  config: ImageConfig;
  /** All its files. */
  root: string;
  /** What buildah knows of it, its history included. */
  description: string;
  /** What the build printed. */
  output: string;
}

const WORKSPACE = join(__dirname, '../../../..');

/** Builds images by the repository's Dockerfile, from a copy of the repository. */
export class ImageBuilds {
  readonly folder = scratchFolder();
  /** Of `RUNTIME_IMAGE`. */
  readonly baseRoot = join(this.folder, 'roots/base');
  readonly context = join(this.folder, 'context');
  private readonly buildah = new Buildah(join(this.folder, 'buildah'));
  private readonly mounts = npmConfiguration();

  async prepare(): Promise<void> {
    await makeBaseImages(this.buildah, join(this.folder, 'bases'));
    await this.copyRoot(RUNTIME_IMAGE, this.baseRoot);
    copyRepository(WORKSPACE, this.context);
    plantUnwanted(this.context);
  }

  async build(app: AppName, buildArgs: Record<string, string> = {}): Promise<BuiltImage> {
    const tag = `localhost/${app}`;
    const output = await this.run(tag, { ...buildArgs, APP: app });
    const root = join(this.folder, 'roots', app);
    await this.copyRoot(tag, root);
    const description = await this.buildah.describe(tag);
    return { config: await this.buildah.config(tag), root, description, output };
  }

  /** What `docker build` prints, whether it succeeds or fails. */
  async outputOf(buildArgs: Record<string, string>): Promise<string> {
    return this.run('localhost/refused', buildArgs).catch((error: unknown) => {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return stdout + stderr;
    });
  }

  /** The names of the files that were sent into the build of an app. */
  async filesInBuild(app: AppName): Promise<string[]> {
    const tag = 'localhost/build-stage';
    await this.run(tag, { APP: app }, 'build');
    const find =
      'find workspace -path workspace/node_modules -prune -o -path workspace/dist -prune -o -type f -print';
    return (await this.buildah.inRoot(tag, find)).trim().split('\n');
  }

  changeSource(): void {
    appendFileSync(join(this.context, 'libs/config/src/index.ts'), '// Changed.\n');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private run(tag: string, buildArgs: Record<string, string>, target?: string): Promise<string> {
    return this.buildah.build({
      context: this.context,
      tag,
      buildArgs: { NODE_IMAGE, RUNTIME_IMAGE, ...buildArgs },
      mounts: this.mounts,
      ...(target && { target }),
    });
  }

  private async copyRoot(image: string, root: string): Promise<void> {
    mkdirSync(root, { recursive: true });
    await this.buildah.inRoot(image, `cp -a . ${root}`);
  }
}

/** Of all files below a folder, by their path from there. */
export function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}
