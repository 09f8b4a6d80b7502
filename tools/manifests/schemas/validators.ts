import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { vaultSchemas } from './vault';
import type { KubernetesObject } from '../objects';
import { watch } from './watched';

const require = createRequire(__filename);

/** Says what is wrong with an object: path and message of each fault. */
export type Validator = (object: KubernetesObject) => { path: string; message: string }[];

/** Which packages have the kinds of an API group; all others are of Kubernetes itself. */
const packages: Readonly<Record<string, string | string[]>> = {
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
  'keda.sh': '@kubernetes-models/keda',
  'argoproj.io': ['@kubernetes-models/argo-rollouts', '@kubernetes-models/argo-cd'],
  'source.toolkit.fluxcd.io': '@kubernetes-models/flux-cd',
  'kustomize.toolkit.fluxcd.io': '@kubernetes-models/flux-cd',
  'external-secrets.io': '@kubernetes-models/external-secrets',
  'bitnami.com': '@kubernetes-models/sealed-secrets',
};

/** The API versions that a cluster of today serves in no other form, and that manifests outlive. */
const DEPRECATED =
  /^(extensions\/|(?:apps|batch|policy|networking\.k8s\.io)\/v1beta|autoscaling\/v2beta|external-secrets\.io\/v1(alpha|beta)|gateway\.networking\.k8s\.io\/v1(alpha|beta)|secrets\.hashicorp\.com\/v1alpha)/;

/**
 * The validator of an object's apiVersion and kind.
 *
 * @returns undefined when no schema is known
 */
export async function validatorOf({ apiVersion, kind }: KubernetesObject): Promise<Validator | undefined> {
  const name = `${apiVersion} ${kind}`;
  const schema = vaultSchemas[name];
  if (schema) {
    return (object) =>
      (schema.safeParse(object).error?.issues ?? []).map(({ path, message }) => ({
        path: path.join('.'),
        message,
      }));
  }
  const Model = await modelOf(apiVersion, kind);
  return Model && ((object) => faultsBy(Model, object));
}

export function isDeprecated({ apiVersion }: KubernetesObject): boolean {
  return DEPRECATED.test(apiVersion);
}

interface ModelClass {
  prototype: { validate(): void };
}

/** By its path, since the name is known only now. */
async function modelOf(apiVersion: string, kind: string): Promise<ModelClass | undefined> {
  const [group = ''] = apiVersion.split('/');
  const files = [packages[group] ?? 'kubernetes-models']
    .flat()
    .map((name) => join(dirname(require.resolve(`${name}/package.json`)), apiVersion, `${kind}.js`));
  const file = files.find((each) => existsSync(each));
  if (file === undefined) return undefined;
  return ((await import(file)) as Record<string, ModelClass>)[kind];
}

interface Issue {
  instancePath: string;
  message?: string;
}

function faultsBy(Model: ModelClass, object: KubernetesObject): { path: string; message: string }[] {
  const watched = watch(object);
  const issues: Issue[] = [];
  try {
    // Not of an instance: that would be a copy, and its making would ask for every field.
    Model.prototype.validate.call(watched.copy);
  } catch (error) {
    const { errors } = error as { errors?: Issue[] };
    if (!errors) throw error;
    issues.push(...errors);
  }
  return [
    ...issues.map(({ instancePath, message = 'is wrong' }) => ({ path: dotted(instancePath), message })),
    ...watched.neverAsked().map((path) => ({ path: dotted(path), message: 'is no field of this kind' })),
  ];
}

/** `/spec/containers/0/name` as `spec.containers[0].name` */
function dotted(pointer: string): string {
  return pointer
    .slice(1)
    .replaceAll(/\/(\d+)(?=\/|$)/g, '[$1]')
    .replaceAll('/', '.')
    .replaceAll('~1', '/');
}
