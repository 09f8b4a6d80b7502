import type { Variable } from '@kubernest/config';
import { processes } from '../../generate/processes';
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

/** What kubeseal has not sealed yet, in the SealedSecret of components/sealed-secrets. */
const NOT_SEALED = 'not-sealed-yet';

/** In an overlay every value of a SealedSecret is sealed; the component alone has none. */
export const sealedValues: Rule = ({ objects, isOverlay }) =>
  isOverlay
    ? ofKind(objects, 'SealedSecret').flatMap((object) =>
        Object.entries(object.spec?.encryptedData ?? {})
          .filter(([, value]) => value === NOT_SEALED)
          .map(([key]) =>
            fault(
              object,
              `spec.encryptedData.${key}`,
              'is not sealed yet: components/sealed-secrets/README.md says how',
            ),
          ),
      )
    : [];

/** A variable takes the key that is called after it, or one of another vocabulary; never that of another variable. */
export const secretKeys: Rule = (rendered) =>
  ownContainers(rendered.objects).flatMap(({ workload, container, path, set }) => {
    const variables = set.variables as Readonly<Record<string, Variable | undefined>>;
    return (container.env ?? []).flatMap(({ name = '', valueFrom }) => {
      const { key = '', optional = false } = valueFrom?.secretKeyRef ?? {};
      const place = `${path}.env[${name}]`;
      const owner = SECRET_NAMES.find((each) => keyOf(each) === key) ?? name;
      return [
        ...(owner === name
          ? []
          : [
              fault(
                workload.object,
                place,
                `takes the key ${key}, which is that of ${owner}: take ${keyOf(name)}`,
              ),
            ]),
        ...(optional && isRequired(variables[name])
          ? [
              fault(
                workload.object,
                `${place}.valueFrom.secretKeyRef.optional`,
                `must not be set: without ${name} the process does not start`,
              ),
            ]
          : []),
      ];
    });
  });

const SECRET_NAMES = Object.values(processes)
  .flatMap((variables) => Object.entries(variables))
  .flatMap(([name, { secret }]) => (secret === true ? [name] : []));

/** `DATABASE_URL` as `database-url` */
function keyOf(variable: string): string {
  return variable.toLowerCase().replaceAll('_', '-');
}

function isRequired(variable: Variable | undefined): boolean {
  return variable?.default === undefined && variable?.schema.safeParse(undefined).success === false;
}

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
