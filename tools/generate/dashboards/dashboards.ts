import { api } from './api';
import { rollout } from './rollout';
import { worker } from './worker';

export const DASHBOARDS_FOLDER = 'deploy/components/grafana-dashboards';

/** The dashboards' files, by their path in the workspace. */
export function dashboardFiles(): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ api, worker, rollout }).map(([name, dashboard]) => [
      `${DASHBOARDS_FOLDER}/${name}.json`,
      `${JSON.stringify(dashboard, null, 2)}\n`,
    ]),
  );
}
