import { join } from 'node:path';
import { runNx } from './nx';
import { compare } from './result';
import type { Run } from './run';

const BUILD = ['run-many', '-t', 'build'];

/** Builds every app with an empty cache of its own, then again with what that left in it. The clone's own cache stays as it is. */
export async function measureBuild(run: Run): Promise<void> {
  const env = {
    NX_CACHE_DIRECTORY: join(run.folder, 'nx-cache'),
    NX_WORKSPACE_DATA_DIRECTORY: join(run.folder, 'nx-workspace-data'),
  };
  run.progress('Building with an empty cache');
  const cold = [await runNx(run, BUILD, env)];
  run.progress('Building with a full cache');
  const cached: number[] = [];
  for (let count = 0; count < run.size(3, 1); count++) cached.push(await runNx(run, BUILD, env));
  run.results.push(
    compare({ what: 'nx run-many -t build, nothing cached', unit: 's', measured: cold }),
    compare({ what: 'all cached (baseline: nothing cached)', unit: 's', measured: cached, baseline: cold }),
  );
}
