import { writeFileSync } from 'node:fs';
import { findRenderer, parseObjects, type Renderer } from '../manifests/kustomize';
import { ofKind, type KubernetesObject } from '../manifests/objects';
import { snapshotOfOverlay } from '../manifests/snapshots';
import { Fault } from '../start/fault';
import { reachCluster, readCluster, requireKubectl, requireNamespace, runKubectl } from './cluster';
import { CLUSTER_OPERATIONS, type Operation, type Target } from './operations';
import { type DeployOptions, folderOf, parseOptions, usage } from './options';
import { releaseOf, setRelease } from './promote';

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (!options) {
    console.log(usage());
    return 0;
  }
  if (options.operation === 'promote') return promote(options);
  const renderer = await findRenderer();
  switch (options.operation) {
    case 'render':
      console.error(`$ ${renderer.command} ${folderOf(options.overlay)}`);
      process.stdout.write(await renderer.render(folderOf(options.overlay)));
      return 0;
    case 'validate':
      return check(options.overlay, renderer);
    default:
      return operate(CLUSTER_OPERATIONS[options.operation], await targetOf(options, renderer));
  }
}

async function promote({ overlay, release, from }: DeployOptions): Promise<number> {
  const wanted = release ?? releaseOf(from ?? overlay);
  const before = setRelease(overlay, wanted);
  console.log(`${folderOf(overlay)}: ${before} -> ${wanted}`);
  writeFileSync(...(await snapshotOfOverlay(overlay, await findRenderer())));
  return 0;
}

async function check(overlay: string, renderer: Renderer): Promise<number> {
  // Loaded only here: the schemas of Kubernetes and the apps' variables take a second or two.
  const { renderOverlay } = await import('../manifests/overlays');
  const { faultsOf } = await import('../manifests/validate');
  const rendered = await renderOverlay(overlay, renderer);
  const faults = await faultsOf(rendered);
  for (const fault of faults) console.log(fault);
  console.log(`${rendered.title}: ${rendered.objects.length} objects, ${faults.length} faults`);
  return faults.length > 0 ? 1 : 0;
}

/** @throws Fault when the overlay has no Deployment in a namespace, or no such workload */
async function targetOf({ overlay, ...options }: DeployOptions, renderer: Renderer): Promise<Target> {
  const folder = folderOf(overlay);
  const objects = parseObjects(await renderer.render(folder));
  const named = (kind: 'Deployment' | 'StatefulSet') =>
    ofKind(objects, kind).map(({ metadata }) => metadata.name);
  const namespace = ofKind(objects, 'Deployment')[0]?.metadata.namespace;
  if (namespace === undefined) throw new Fault(`${folder} has no Deployment with a namespace`);
  const workloads = objects.filter(({ kind }) => WORKLOADS.has(kind)).map(appOf);
  if (!workloads.includes(options.workload))
    throw new Fault(
      `There is no workload ${options.workload} in ${folder}: there are ${workloads.join(', ')}`,
    );
  return {
    ...options,
    folder,
    namespace,
    deployments: named('Deployment'),
    statefulSets: named('StatefulSet'),
  };
}

const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'CronJob', 'Job']);

function appOf({ metadata }: KubernetesObject): string {
  return metadata.labels?.['app'] ?? metadata.name;
}

async function operate(operation: Operation, target: Target): Promise<number> {
  requireKubectl();
  console.error(`Cluster of context ${reachCluster()}, namespace ${target.namespace}`);
  if (!operation.makesNamespace) requireNamespace(target.namespace);
  if (operation.run) return operation.run(target, readCluster);
  for (const args of operation.kubectl?.(target, readCluster) ?? []) {
    const code = await runKubectl(args);
    if (code === 0 || operation.alsoFine?.includes(code)) continue;
    for (const more of operation.whenFailed?.(target) ?? []) await runKubectl(more);
    return code;
  }
  return 0;
}

main().then(
  (exitCode) => (process.exitCode = exitCode),
  (error: unknown) => {
    console.error(error instanceof Fault ? error.message : error);
    process.exitCode = 1;
  },
);
