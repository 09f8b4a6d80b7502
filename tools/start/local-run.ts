import { AppProcess } from './app-process';
import { MIGRATE } from './apps';
import type { Built, Builds } from './builds';
import { applyMigrations } from './migrations';
import { seconds } from './output';
import type { Servers } from './servers';
import { environmentOf, type Variables } from './settings';
import { watchSources } from './source-watcher';
import { table } from './table';

/** The services of one `npm start`: migrated, started, and started again when their code changes. */
export class LocalRun {
  private readonly apps: AppProcess[];
  private readonly stopping = new AbortController();
  private readonly changed = new Set<string>();
  private stopWatching: () => void = () => undefined;
  private working = Promise.resolve();
  private migrating = Promise.resolve();
  private migrated = false;
  private shown = false;

  constructor(
    names: string[],
    private readonly servers: Servers,
    private readonly settings: Variables,
    private readonly builds: Builds,
  ) {
    this.apps = names.map(
      (name) => new AppProcess(name, builds.folderOf(name), environmentOf(name, settings, servers.env)),
    );
  }

  begin(building: Promise<Built>): void {
    this.stopWatching = watchSources((files) => this.onChange(files));
    this.working = this.bringUp(building);
  }

  /** Ends what runs. A build that is under way is not awaited: nothing is started after it. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.stopWatching();
    await this.migrating.catch(() => undefined);
    await Promise.all(this.apps.map((app) => app.stop()));
  }

  private onChange(files: Set<string>): void {
    for (const name of this.builds.affectedBy(files)) this.changed.add(name);
    if (this.changed.size > 0) this.working = this.working.then(() => this.bringUpChanged());
  }

  private async bringUpChanged(): Promise<void> {
    const names = [...this.changed];
    this.changed.clear();
    if (names.length > 0) await this.bringUp(this.builds.build(names));
  }

  /** Never throws: what went wrong is printed, and the next change tries again. */
  private async bringUp(building: Promise<Built>): Promise<void> {
    const began = performance.now();
    try {
      const { renewed, faults } = await building;
      if (faults) console.error(`${faults}\nNot built; what runs goes on. The next change tries again.`);
      await this.migrate(renewed);
      const restarted = await this.restart(renewed);
      if (restarted.length > 0) this.report(restarted, began);
    } catch (error) {
      if (!this.stopping.signal.aborted) console.error(error instanceof Error ? error.message : error);
    }
  }

  private async migrate(renewed: Set<string>): Promise<void> {
    const due = renewed.has(MIGRATE) || !this.migrated;
    if (!due || !this.builds.has(MIGRATE) || this.stopping.signal.aborted) return;
    this.migrated = false;
    const env = environmentOf(MIGRATE, this.settings, this.servers.env);
    this.migrating = applyMigrations(this.builds.folderOf(MIGRATE), env, this.stopping.signal);
    await this.migrating;
    this.migrated = true;
    console.log('Migrations are applied');
  }

  private async restart(renewed: Set<string>): Promise<AppProcess[]> {
    const due = this.apps.filter(
      (app) => this.builds.has(app.name) && (renewed.has(app.name) || !app.running),
    );
    await Promise.all(due.map((app) => app.stop()));
    if (this.stopping.signal.aborted) return [];
    for (const app of due) app.start();
    const obsolete = () => this.changed.size > 0 || this.stopping.signal.aborted;
    const ready = await Promise.all(due.map((app) => app.ready(obsolete)));
    return due.filter((_app, index) => ready[index]);
  }

  private report(restarted: AppProcess[], began: number): void {
    if (this.stopping.signal.aborted) return;
    if (this.shown)
      console.log(`Reloaded ${restarted.map(({ name }) => name).join(', ')} in ${seconds(began)}`);
    else if (restarted.length === this.apps.length) {
      this.shown = true;
      console.log(table(this.apps, this.servers, this.settings));
      this.builds.prepare();
    }
  }
}
