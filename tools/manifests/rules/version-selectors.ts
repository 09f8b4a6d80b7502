import { Fault, fault } from '../fault';
import { KubernetesObject, Labels, ofKind } from '../objects';
import type { Rule } from '../rendered';

const VERSION = 'app.kubernetes.io/version';

/** No selector knows the version: that of a Deployment cannot be changed, and any other would lose the pods of a release. */
export const versionSelectors: Rule = ({ objects }) => [
  ...(['Deployment', 'StatefulSet', 'PodDisruptionBudget'] as const).flatMap((kind) =>
    ofKind(objects, kind).flatMap((object) =>
      judge(object, 'matchLabels', object.spec?.selector?.matchLabels),
    ),
  ),
  ...ofKind(objects, 'Service').flatMap((object) => judge(object, '', object.spec?.selector)),
];

function judge(object: KubernetesObject, field: string, labels: Labels = {}): Fault[] {
  if (labels[VERSION] === undefined) return [];
  const path = ['spec.selector', field].filter((part) => part !== '').join('.');
  return [fault(object, `${path}[${VERSION}]`, 'must not be set: the next release has another version')];
}
