import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Rendered } from './rendered';
import { parseObjects, Renderer } from './kustomize';
import { appSecretKeys, deployFolder, imagesOf } from './overlays';

/** The base, some components, and what every overlay adds to them. */
export type Combination = readonly string[];

/** Of each row an overlay takes one. */
const ALTERNATIVES: readonly (readonly string[])[] = [
  ['ingress', 'gateway-api'],
  ['hpa', 'keda'],
  ['external-secrets', 'sealed-secrets', 'vault', 'local-datastores'],
];
/** Without a scrape there would be nothing to scale, alert, look at or take back by. */
const NEEDED_BY: Readonly<Record<string, readonly string[]>> = {
  hpa: ['prometheus'],
  keda: ['prometheus'],
  'prometheus-rules': ['prometheus'],
  'grafana-dashboards': ['prometheus'],
  'progressive-delivery': ['prometheus'],
};
/** What goes last: what adds to the secrets of whatever makes them, and what may come after an autoscaler. */
const AFTER_ALL: readonly (readonly string[])[] = [['queue-page'], ['queue-page', 'progressive-delivery']];
/** The components that make the Secret `app-secrets`; for all others somebody else has to. */
const MAKES_SECRETS = ['external-secrets', 'sealed-secrets', 'vault'];
const APP_SECRETS = { 'app-secrets': [...appSecretKeys(), 'queue-page-password'] };

/** The base alone and with each component alone. */
export function singleComponents(components: readonly string[]): Combination[] {
  return [[], ...components.map((component) => [...(NEEDED_BY[component] ?? []), component])];
}

/** One of each kind, with all that has no alternative. */
export function fullCombinations(): Combination[] {
  const combinations = ALTERNATIVES.reduce<Combination[]>(
    (combinations, alternatives) =>
      combinations.flatMap((combination) => alternatives.map((each) => [...combination, each])),
    [
      [
        'network-policies',
        'prometheus',
        'requests-per-second',
        'prometheus-rules',
        'grafana-dashboards',
        'tracing',
      ],
    ],
  );
  return combinations.flatMap((combination) => AFTER_ALL.map((last) => [...combination, ...last]));
}

/** Renders a combination as an overlay of its own, written to an empty folder. */
export async function renderCombination(
  combination: Combination,
  { renderer, scratch }: { renderer: Renderer; scratch: string },
): Promise<Rendered> {
  const folder = join(scratch, combination.join('+') || 'base');
  mkdirSync(folder);
  // JSON is YAML.
  writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization(combination, folder)));
  return {
    title: ['base', ...combination].join(' + '),
    isOverlay: false,
    objects: parseObjects(await renderer.render(folder)),
    secretsFromElsewhere: combination.some((component) => MAKES_SECRETS.includes(component))
      ? {}
      : APP_SECRETS,
    mayHoldSecrets: combination.includes('local-datastores'),
  };
}

function kustomization(combination: Combination, folder: string): object {
  const version = '1.5.2';
  const place = (path: string) => relative(folder, join(deployFolder, path));
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: 'production',
    resources: [place('base')],
    components: combination.map((component) => place(`components/${component}`)),
    labels: [{ pairs: { 'app.kubernetes.io/version': version } }],
    images: imagesOf('prod').map((name) => ({ name, newTag: version })),
    transformers: [place('base/release')],
  };
}
