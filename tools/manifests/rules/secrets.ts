import type { Variable } from '@kubernest/config';
import { environmentOf } from '../container-environment';
import { fault } from '../fault';
import { ofKind } from '../objects';
import { ownContainers } from '../processes';
import type { Rule } from '../rendered';

/** No secret value stands in what goes to a shared environment: it would be in the repository. */
export const noSecretValues: Rule = ({ objects, mayHoldSecrets }) =>
  mayHoldSecrets
    ? []
    : ofKind(objects, 'Secret').flatMap((object) =>
        Object.keys({ ...object.data, ...object.stringData }).length === 0
          ? []
          : [
              fault(
                object,
                'data',
                'holds values, which are now in the repository: use a component that fetches them (external-secrets, sealed-secrets, vault)',
              ),
            ],
      );

/** A secret comes from a Secret: a ConfigMap, and the pod itself, many more people may read. */
export const secretVariables: Rule = (rendered) =>
  ownContainers(rendered.objects).flatMap((own) => {
    const variables = own.set.variables as Readonly<Record<string, Variable | undefined>>;
    return environmentOf(own, rendered)
      .settings.filter(({ name, value, from }) => {
        return variables[name]?.secret === true && value !== undefined && from?.kind !== 'Secret';
      })
      .map(({ path }) => fault(own.workload.object, path, 'stands in the manifest: take it from a Secret'));
  });
