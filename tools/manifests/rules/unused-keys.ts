import { environmentOf } from '../container-environment';
import { DASHBOARD_LABEL } from '../dashboards';
import { fault } from '../fault';
import { keySourcesOf } from '../key-sources';
import type { Rule } from '../rendered';
import { allContainers, workloadsOf } from '../workloads';

/** Nothing is set for nobody: a key that no container takes is a setting that somebody believes in. */
export const unusedKeys: Rule = (rendered) => {
  const taken = new Set(
    allContainers(rendered.objects)
      .flatMap((placed) => environmentOf(placed, rendered).settings)
      .flatMap(({ from }) => (from ? [`${from.kind} ${from.name} ${from.key}`] : [])),
  );
  const mounted = new Set(
    workloadsOf(rendered.objects)
      .flatMap(({ template }) => template.spec?.volumes ?? [])
      .flatMap(({ configMap, secret }) => [
        `ConfigMap ${configMap?.name ?? ''}`,
        `Secret ${secret?.secretName ?? ''}`,
      ]),
  );
  return (
    keySourcesOf(rendered)
      .filter(({ kind, name }) => !mounted.has(`${kind} ${name}`))
      // Grafana takes those.
      .filter(({ madeBy }) => madeBy?.metadata.labels?.[DASHBOARD_LABEL] === undefined)
      .flatMap(({ kind, name, keys, madeBy }) =>
        [...keys.keys()].flatMap((key) =>
          madeBy === undefined || taken.has(`${kind} ${name} ${key}`)
            ? []
            : [fault(madeBy, '', `no container takes its key ${key}: remove it, or refer to it`)],
        ),
      )
  );
};
