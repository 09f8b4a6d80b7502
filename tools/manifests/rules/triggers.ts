import { Fault, fault } from '../fault';
import { ofKind } from '../objects';
import { adapterRules } from '../prometheus-adapter';
import type { Rule } from '../rendered';

interface Trigger {
  required: readonly string[];
  optional: readonly string[];
}

/** The metadata of KEDA's triggers, by type (https://keda.sh/docs/2.17/scalers); KEDA passes over a key that it does not know. */
const TRIGGERS: Readonly<Record<string, Trigger>> = {
  redis: {
    required: ['listName', 'listLength'],
    optional: [
      // Or one of them out of a TriggerAuthentication.
      ...['address', 'host', 'port', 'addressFromEnv', 'hostFromEnv', 'portFromEnv'],
      ...['usernameFromEnv', 'passwordFromEnv'],
      ...['activationListLength', 'databaseIndex', 'enableTLS', 'unsafeSsl'],
    ],
  },
  prometheus: {
    required: ['serverAddress', 'query', 'threshold'],
    optional: [
      ...['activationThreshold', 'namespace', 'customHeaders', 'ignoreNullValues', 'queryParameters'],
      ...['unsafeSsl', 'authModes', 'timeout'],
    ],
  },
  cpu: { required: ['value'], optional: ['containerName'] },
  memory: { required: ['value'], optional: ['containerName'] },
};

/** The API server's own limits. */
const LONGEST_WINDOW_SECONDS = 3600;
const LONGEST_PERIOD_SECONDS = 1800;

/** A trigger has the keys of its type. */
export const triggers: Rule = ({ objects }) =>
  ofKind(objects, 'ScaledObject').flatMap((object) =>
    (object.spec?.triggers ?? []).flatMap(({ type = '', metadata }, index): Fault[] => {
      const known = TRIGGERS[type];
      const path = `spec.triggers[${index}]`;
      if (!known)
        return [
          fault(
            object,
            `${path}.type`,
            `${type} is not known here: list its keys in tools/manifests/rules/triggers.ts`,
          ),
        ];
      const given = Object.keys(metadata ?? {});
      return [
        ...known.required
          .filter((key) => !given.includes(key))
          .map((key) => fault(object, `${path}.metadata.${key}`, 'must be set')),
        ...given
          .filter((key) => ![...known.required, ...known.optional].includes(key))
          .map((key) => fault(object, `${path}.metadata.${key}`, `is no key of a trigger of type ${type}`)),
      ];
    }),
  );

/** A metric of pods is one that components/requests-per-second makes. */
export const podMetrics: Rule = ({ objects }) => {
  const made = adapterRules().map(({ name }) => name.as);
  return ofKind(objects, 'HorizontalPodAutoscaler').flatMap((object) =>
    (object.spec?.metrics ?? []).flatMap(({ pods }, index) => {
      const name = pods?.metric?.name;
      if (name === undefined || made.includes(name)) return [];
      const message = `nothing makes ${name}: add it to the adapter's rules in components/requests-per-second, which make ${made.join(', ')}`;
      return [fault(object, `spec.metrics[${index}].pods.metric.name`, message)];
    }),
  );
};

interface Pace {
  stabilizationWindowSeconds?: number | undefined;
  policies?: { value?: number | undefined; periodSeconds?: number | undefined }[] | undefined;
}

/** An autoscaler says how fast it goes, up and down, within the API server's limits. */
export const scalingPace: Rule = ({ objects }) => [
  ...ofKind(objects, 'HorizontalPodAutoscaler').flatMap((object) =>
    paceFaults(object.spec?.behavior).map(([path, message]) =>
      fault(object, `spec.behavior.${path}`, message),
    ),
  ),
  ...ofKind(objects, 'ScaledObject').flatMap((object) => {
    const behavior = object.spec?.advanced?.horizontalPodAutoscalerConfig?.behavior;
    if (!behavior) return [];
    const place = 'spec.advanced.horizontalPodAutoscalerConfig.behavior';
    return paceFaults(behavior).map(([path, message]) => fault(object, `${place}.${path}`, message));
  }),
];

function paceFaults(
  behavior: { scaleUp?: Pace | undefined; scaleDown?: Pace | undefined } = {},
): [string, string][] {
  return (['scaleUp', 'scaleDown'] as const).flatMap((direction): [string, string][] => {
    const { stabilizationWindowSeconds: window, policies = [] } = behavior[direction] ?? {};
    const missing = policies.length === 0 ? [`${direction}.policies`] : [];
    const range = `must be from 0 to ${LONGEST_WINDOW_SECONDS}`;
    return [
      ...missing.map((path): [string, string] => [path, 'must be set: how many pods in which time']),
      ...(window !== undefined && window >= 0 && window <= LONGEST_WINDOW_SECONDS
        ? []
        : [[`${direction}.stabilizationWindowSeconds`, range] satisfies [string, string]]),
      ...policies.flatMap(({ value = 0, periodSeconds = 0 }, index): [string, string][] =>
        value > 0 && periodSeconds > 0 && periodSeconds <= LONGEST_PERIOD_SECONDS
          ? []
          : [
              [
                `${direction}.policies[${index}]`,
                `must have a value above 0, and periodSeconds from 1 to ${LONGEST_PERIOD_SECONDS}`,
              ],
            ],
      ),
    ];
  });
}
