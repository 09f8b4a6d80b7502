import { join } from 'node:path';
import { buildForDevelopment, type DevelopmentBuild } from '../build/development';
import { describeFailure } from '../build/failure';
import { workspace } from './local-files';

export interface Built {
  /** The apps whose code is not what it was, or that were built for the first time. */
  renewed: Set<string>;
  /** What is wrong with the code of the others; empty when nothing is. */
  faults: string;
}

/** The latest build of each app, and which of them a change concerns. */
export class Builds {
  /** Undefined for an app whose last build failed. */
  private readonly latest = new Map<string, DevelopmentBuild | undefined>();

  folderOf(app: string): string {
    return join(workspace, '.local/build', app);
  }

  /** Whether the app's last build went well. */
  has(app: string): boolean {
    return this.latest.get(app) !== undefined;
  }

  /** Loads in the background what the first change would have to wait for. */
  prepare(): void {
    void import('../build/development-build');
  }

  affectedBy(files: Set<string>): string[] {
    return [...this.latest.entries()]
      .filter(([, build]) => !build || [...files].some((file) => build.sources.has(file)))
      .map(([app]) => app);
  }

  /** Builds as many of these apps as it can. */
  async build(apps: string[]): Promise<Built> {
    const renewed = new Set<string>();
    const outcomes = await Promise.allSettled(apps.map((app) => this.buildOne(app, renewed)));
    const faults = outcomes
      .filter((outcome) => outcome.status === 'rejected')
      .map(({ reason }) => reason as unknown);
    const texts = new Set(await Promise.all(faults.map(describeFailure)));
    return { renewed, faults: [...texts].join('\n') };
  }

  private async buildOne(app: string, renewed: Set<string>): Promise<void> {
    const first = !this.latest.has(app);
    const wasBroken = !first && !this.has(app);
    this.latest.set(app, undefined);
    const build = await buildForDevelopment(app);
    this.latest.set(app, build);
    if (first || wasBroken || build.changed) renewed.add(app);
  }
}
