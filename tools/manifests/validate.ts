import { Fault, inWords } from './fault';
import type { Rendered, Rule } from './rendered';
import { addresses, scalerAddresses } from './rules/addresses';
import { replicaOwners, scaledRequests, scalerTargets, scrapedMetrics } from './rules/autoscaling';
import { productionMode, references, values, variables } from './rules/configuration';
import { connectionBudget } from './rules/connection-budget';
import { evictions } from './rules/evictions';
import { drain, gracePeriod, probes } from './rules/grace-period';
import { hardening, serviceAccounts } from './rules/hardening';
import { boundedJobs, cronJobs, immutableJobs, migrationTime } from './rules/jobs';
import { labels, objectNames, portNames, uniqueObjects } from './rules/names';
import { inNamespace, ownNamespace, restrictedNamespaces } from './rules/namespaces';
import { defaultDeny, networkNeeds } from './rules/network-needs';
import { podSecurity } from './rules/pod-security';
import { ports } from './rules/ports';
import { nginxAnnotations, proxies } from './rules/proxies';
import { imageTags, jobNames, versions } from './rules/release';
import { resources } from './rules/resources';
import { failurePolicies, runs, schedules } from './rules/runs';
import { schemaFaults } from './rules/schemas';
import { scraping } from './rules/scraping';
import { noSecretValues, sealedValues, secretKeys, secretVariables } from './rules/secrets';
import { disruptionBudgets, networkPolicies, podSelectors, workloadSelectors } from './rules/selectors';
import { noCommands, pauses, probePaths } from './rules/serving';
import { ingressTls, routes, services } from './rules/services';
import { podMetrics, scalingPace, triggers } from './rules/triggers';
import { unusedKeys } from './rules/unused-keys';
import { versionSelectors } from './rules/version-selectors';
import { allProcesses, possibleRollouts, rollouts } from './rules/workloads';

const rules: readonly Rule[] = [
  ...[
    allProcesses,
    references,
    variables,
    values,
    unusedKeys,
    addresses,
    noSecretValues,
    secretVariables,
    secretKeys,
    sealedValues,
  ],
  ...[gracePeriod, drain, probes, ports, rollouts, possibleRollouts, connectionBudget],
  ...[pauses, probePaths, noCommands, evictions, resources, versionSelectors],
  ...[runs, schedules, failurePolicies, uniqueObjects, objectNames, labels, portNames],
  ...[ownNamespace, productionMode],
  ...[triggers, podMetrics, scalingPace, proxies, nginxAnnotations],
  ...[podSecurity, hardening, serviceAccounts, restrictedNamespaces, inNamespace],
  ...[
    workloadSelectors,
    podSelectors,
    disruptionBudgets,
    networkPolicies,
    networkNeeds,
    defaultDeny,
    services,
    routes,
    ingressTls,
  ],
  ...[scalerTargets, replicaOwners, scaledRequests, scrapedMetrics, scalerAddresses, scraping],
  ...[cronJobs, boundedJobs, immutableJobs, migrationTime, imageTags, versions, jobNames],
];

/** All faults of rendered objects. Faults of form come alone: what is misspelt would make the other rules guess. */
export async function validate(rendered: Rendered): Promise<Fault[]> {
  const malformed = await schemaFaults(rendered.objects);
  return malformed.length > 0 ? malformed : rules.flatMap((rule) => rule(rendered));
}

/** As lines for people. */
export async function faultsOf(rendered: Rendered): Promise<string[]> {
  return (await validate(rendered)).map(inWords);
}
