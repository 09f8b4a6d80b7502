import { CONTAINER, eachBroken, env, forBreaking } from './broken.fixture';

const rendered = forBreaking();
const prod = () => rendered.prod;
const HPA = 'HorizontalPodAutoscaler api-server-hpa';

describe('proxies', () => {
  eachBroken(prod, [
    [
      'an Ingress to the port of the metrics',
      { object: 'Service api-server', path: 'spec.ports[http].targetPort', value: 'metrics' },
      'Ingress production/api-ingress: spec.rules[0].http.paths[0].backend.service: leads to port 9464 of api-server, and api serves the public on 3000 (PORT)',
    ],
    [
      'an API that takes the proxy for its client',
      env('TRUSTED_PROXY_HOPS', undefined),
      `Deployment production/api-server: ${CONTAINER}.env: TRUSTED_PROXY_HOPS must be at least 1 behind Ingress api-ingress`,
    ],
    [
      'an annotation that there is not',
      {
        object: 'Ingress api-ingress',
        path: 'metadata.annotations[nginx.ingress.kubernetes.io/rate-limit]',
        value: '100',
      },
      'metadata.annotations[nginx.ingress.kubernetes.io/rate-limit]: is not known here',
    ],
  ]);
  eachBroken(
    () => rendered.keda,
    [
      [
        'an API that takes the gateway for its client',
        env('TRUSTED_PROXY_HOPS', '0'),
        'TRUSTED_PROXY_HOPS must be at least 1 behind HTTPRoute api-route',
      ],
    ],
  );
});

describe('what autoscalers ask for, and their pace', () => {
  eachBroken(prod, [
    [
      'a metric that nothing makes',
      { object: HPA, path: 'spec.metrics[2].pods.metric.name', value: 'requests_per_second' },
      `spec.metrics[2].pods.metric.name: nothing makes requests_per_second: add it to the adapter's rules in components/requests-per-second, which make http_requests_per_second`,
    ],
    [
      'no pace',
      { object: HPA, path: 'spec.behavior.scaleDown' },
      'scaleDown.policies: must be set',
      'scaleDown.stabilizationWindowSeconds: must be from 0 to 3600',
    ],
    [
      'a window that is longer than any',
      { object: HPA, path: 'spec.behavior.scaleDown.stabilizationWindowSeconds', value: 3601 },
      'spec.behavior.scaleDown.stabilizationWindowSeconds: must be from 0 to 3600',
    ],
    [
      'a policy that adds nothing',
      { object: HPA, path: 'spec.behavior.scaleUp.policies[0].value', value: 0 },
      'spec.behavior.scaleUp.policies[0]: must have a value above 0',
    ],
  ]);
  const trigger = (scaler: string, path: string, value?: unknown) => ({
    object: `ScaledObject ${scaler}`,
    path: `spec.triggers${path}`,
    value,
  });
  eachBroken(
    () => rendered.keda,
    [
      [
        'a missing threshold',
        trigger('api-server', '[http_requests_per_second].metadata.threshold'),
        'spec.triggers[2].metadata.threshold: must be set',
      ],
      [
        'a period that is longer than any',
        {
          object: 'ScaledObject api-server',
          path: 'spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.policies[0].periodSeconds',
          value: 1801,
        },
        'behavior.scaleUp.policies[0]: must have a value above 0, and periodSeconds from 1 to 1800',
      ],
    ],
  );
});
