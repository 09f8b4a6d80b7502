import { ConfigError, loadConfig, Variable } from '@kubernest/config';
import { createHash } from 'node:crypto';
import { environmentOf, Setting } from '../container-environment';
import { Fault, fault } from '../fault';
import { OwnContainer, ownContainers } from '../processes';
import type { Rule } from '../rendered';
import { allContainers } from '../workloads';

/** Every ConfigMap, Secret and key that a container refers to exists, or will when the secret component has done its work. */
export const references: Rule = (rendered) =>
  allContainers(rendered.objects).flatMap((placed) => environmentOf(placed, rendered).faults);

/** Every variable that a container sets is one that its process knows, and is set once. */
export const variables: Rule = (rendered) =>
  ownContainers(rendered.objects).flatMap((own) => {
    const { settings } = environmentOf(own, rendered);
    return [...unknownVariables(own, settings), ...givenTwice(own, settings)];
  });

/** The process would start: its own schema takes the values, and misses none. Values of the cluster count as good ones. */
export const values: Rule = (rendered) =>
  ownContainers(rendered.objects).flatMap((own) =>
    faultsOfValues(own, environmentOf(own, rendered).settings),
  );

/** Outside dev every process refuses weak secrets and hides its errors: NODE_ENV says that it is not at home. */
export const productionMode: Rule = (rendered) =>
  rendered.mayHoldSecrets
    ? []
    : ownContainers(rendered.objects).flatMap((own) =>
        environmentOf(own, rendered)
          .settings.filter(({ name, value }) => name === 'NODE_ENV' && value !== 'production')
          .map(({ path, value = '' }) =>
            fault(own.workload.object, path, `NODE_ENV is ${value}: only dev may be anything but production`),
          ),
      );

function unknownVariables({ workload, process, set }: OwnContainer, settings: Setting[]): Fault[] {
  // One that another one takes up as $(NAME) is for Kubernetes, not for the process.
  const takenUp = (name: string) => settings.some(({ value }) => value?.includes(`$(${name})`));
  return settings
    .filter(({ name }) => !(variableOf(name) in set.variables) && !takenUp(name))
    .map(({ name, path, from }) => {
      const origin = from ? ` (key ${from.key} of ${from.kind} ${from.name})` : '';
      const message = `${name}${origin} is no variable of ${process}: remove it, or declare it (docs/configuration.md has them all)`;
      return fault(workload.object, path, message);
    });
}

function givenTwice({ workload }: OwnContainer, settings: Setting[]): Fault[] {
  return settings.flatMap(({ name, path }, index) => {
    const earlier = settings.slice(0, index).find((other) => variableOf(other.name) === variableOf(name));
    if (!earlier) return [];
    return [fault(workload.object, path, `${name} is given already, at ${earlier.path}: keep one of them`)];
  });
}

/** `NAME_FILE` gives NAME. */
function variableOf(name: string): string {
  return name.replace(/_FILE$/, '');
}

function faultsOfValues({ workload, path, process, set }: OwnContainer, settings: Setting[]): Fault[] {
  const variables = set.variables as Readonly<Record<string, Variable | undefined>>;
  const env = settings.map(({ name, value }): [string, string] => {
    const variable = variableOf(name);
    const fromFile = variable !== name;
    return [variable, fromFile || value === undefined ? goodValue(variable, variables[variable]) : value];
  });
  try {
    loadConfig(set, Object.fromEntries(env));
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map((message) => {
      const place = settings.find(({ name }) => message.startsWith(`${name} `))?.path ?? `${path}.env`;
      return fault(workload.object, place, `${message}, says ${process}`);
    });
  }
}

/** In place of a value that only the cluster knows: the example, with a strong secret where the placeholder was. */
function goodValue(name: string, variable: Variable | undefined): string {
  const secret = createHash('sha256').update(name).digest('hex');
  return variable?.example?.replace('change-me', secret) ?? secret;
}
