import { readManifest } from './manifest';
import { timingOf } from './timing';
import type { KubernetesObject } from '../manifests/objects';

const container = (fields: object) => ({ name: 'api-server', image: 'x', ...fields });
const named = (kind: string, name: string, fields: object) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name },
  ...fields,
});
const budget = named('PodDisruptionBudget', 'api-server', { spec: { maxUnavailable: 1 } });

function deployment(containerFields: object, spec: object = {}, pod: object = {}): KubernetesObject {
  const template = { spec: { containers: [container(containerFields)], ...pod } };
  return named('Deployment', 'api-server', { spec: { template, ...spec } });
}

it('takes Kubernetes’ defaults where the manifests say nothing', () => {
  const bare = deployment({ readinessProbe: { httpGet: { path: '/ready', port: 'http' } } });
  expect(readManifest([bare, budget])).toEqual({
    maxSurge: '25%',
    maxUnavailable: '25%',
    minReadyMs: 0,
    preStopMs: 0,
    graceMs: 30_000,
    probes: {
      startup: undefined,
      liveness: undefined,
      readiness: {
        path: '/ready',
        initialDelayMs: 0,
        periodMs: 10_000,
        timeoutMs: 1_000,
        failureThreshold: 3,
        successThreshold: 1,
      },
    },
    env: {},
    budget: { maxUnavailable: 1, evictUnhealthyAlways: false },
  });
});

it('composes the environment as the kubelet does, without what only the cluster knows', () => {
  const env = [
    { name: 'PORT', value: '3000' },
    { name: 'REDIS_URL', valueFrom: { secretKeyRef: { name: 'app-secrets', key: 'redis-url' } } },
  ];
  const configured = deployment({ env, envFrom: [{ configMapRef: { name: 'app-config' } }] });
  const config = named('ConfigMap', 'app-config', { data: { PORT: '1', LOG_LEVEL: 'warn' } });
  expect(readManifest([configured, config, budget]).env).toEqual({ PORT: '3000', LOG_LEVEL: 'warn' });
});

it('refuses a hook or a probe that it does not play', () => {
  const hooked = deployment({ lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } } });
  expect(() => readManifest([hooked, budget])).toThrow('preStop is no sleep');
  const tcp = deployment({ livenessProbe: { tcpSocket: { port: 'http' } } });
  expect(() => readManifest([tcp, budget])).toThrow('no httpGet');
});

it('divides every wait by the speed, and no limit on real work', () => {
  const timed = deployment(
    {
      lifecycle: { preStop: { sleep: { seconds: 5 } } },
      readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5, timeoutSeconds: 3 },
      env: [
        { name: 'SHUTDOWN_DRAIN_MS', value: '5000' },
        { name: 'HTTP_REQUEST_TIMEOUT_MS', value: '30000' },
      ],
    },
    { minReadySeconds: 10 },
    { terminationGracePeriodSeconds: 40 },
  );
  const timing = timingOf(readManifest([timed, budget]), { speed: 10, propagationMs: 2_000 });
  expect(timing).toMatchObject({
    propagationMs: 200,
    manifest: {
      preStopMs: 500,
      graceMs: 4_000,
      minReadyMs: 1_000,
      probes: { readiness: { periodMs: 500, timeoutMs: 3_000 } },
      env: { SHUTDOWN_DRAIN_MS: '500', HTTP_REQUEST_TIMEOUT_MS: '30000' },
    },
  });
});
