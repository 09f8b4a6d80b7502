import { Fault, fault } from '../fault';
import type { KubernetesObject } from '../objects';
import { isDeprecated, validatorOf } from '../schemas/validators';

/** Types, missing fields, unknown fields at every depth. */
export async function schemaFaults(objects: readonly KubernetesObject[]): Promise<Fault[]> {
  return (await Promise.all(objects.map(judge))).flat();
}

async function judge(object: KubernetesObject): Promise<Fault[]> {
  if (isDeprecated(object))
    return [fault(object, 'apiVersion', `${object.apiVersion} is deprecated: use the stable version`)];
  const validator = await validatorOf(object);
  if (!validator) {
    const message = `no schema of ${object.apiVersion} ${object.kind} is known: name its package in tools/manifests/schemas/validators.ts, or write one`;
    return [fault(object, 'kind', message)];
  }
  return validator(object).map(({ path, message }) => fault(object, path, message));
}
