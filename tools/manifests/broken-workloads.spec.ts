import {
  API,
  api,
  broken,
  CONTAINER,
  eachBroken,
  env,
  forBreaking,
  MIGRATE,
  POD,
  withObject,
  WORKER,
} from './broken.fixture';
import { faultsOf } from './validate';
import { productName } from '../start/local-files';

const rendered = forBreaking();
const prod = () => rendered.prod;

describe('connections to Postgres', () => {
  test('are summed line by line, with the pool that would fit', async () => {
    expect(await faultsOf(broken(prod(), [env('DATABASE_POOL_MAX', '4')]))).toEqual([
      `Deployment production/api-server: ${CONTAINER}.env: 110 connections at most, of 97 (MAX_CONNECTIONS less 3 reserved): DATABASE_POOL_MAX 3 of api-server would fit
  Deployment production/api-server: 4 x (20 + 1 surge + 3 draining) = 96
  Deployment production/worker: 2 x (2 + 1 surge + 3 draining) = 12
  Job production/migrate-1.5.2: 2 x 1 = 2`,
    ]);
  });

  eachBroken(prod, [
    [
      'more pods than the pools allow',
      { object: 'HorizontalPodAutoscaler api-server-hpa', path: 'spec.maxReplicas', value: 38 },
      '98 connections at most, of 97',
    ],
    [
      'a larger surge',
      { object: API, path: 'spec.strategy.rollingUpdate.maxSurge', value: '50%' },
      '2 x (20 + 10 surge + 30 draining) = 120',
    ],
    [
      'pods that drain longer',
      { object: API, path: `${POD}.terminationGracePeriodSeconds`, value: 240 },
      '2 x (20 + 1 surge + 21 draining) = 84',
    ],
    [
      'new pods that count sooner',
      { object: API, path: 'spec.minReadySeconds', value: 1 },
      '2 x (20 + 1 surge + 21 draining) = 84',
    ],
    [
      'more workers',
      { object: WORKER, path: 'spec.replicas', value: 20 },
      '2 x (20 + 1 surge + 3 draining) = 48',
    ],
    [
      'a smaller database',
      { object: 'ConfigMap app-config', path: 'data.MAX_CONNECTIONS', value: '20' },
      'no pool size would fit',
    ],
    [
      'a budget of its own',
      [env('MAX_CONNECTIONS', '80'), { object: API, path: `${CONTAINER}.envFrom[0]` }],
      'MAX_CONNECTIONS differs between the workloads (80, 100)',
    ],
  ]);
});

describe('pod security', () => {
  const pod = (path: string, value?: unknown) => ({ object: API, path: `${POD}.${path}`, value });
  const context = (path: string, value?: unknown) => api(`securityContext.${path}`, value);
  const volume = (value: object) => pod('volumes', [{ name: 'another', ...value }]);
  eachBroken(prod, [
    [
      'the network of the node',
      pod('hostNetwork', true),
      `${POD}.hostNetwork: must not be true (pod security: restricted)`,
    ],
    ['the processes of the node', pod('hostPID', true), 'hostPID: must not be true'],
    ['the IPC of the node', pod('hostIPC', true), 'hostIPC: must not be true'],
    ['a port of the node', api('ports[http].hostPort', 3000), 'hostPort: must not be set'],
    [
      'a folder of the node',
      volume({ hostPath: { path: '/' } }),
      'volumes[0]: a hostPath volume is not allowed',
    ],
    ['an NFS volume', volume({ nfs: { server: 'nfs', path: '/' } }), 'a nfs volume is not allowed'],
    ['a privileged container', context('privileged', true), 'privileged: must not be true'],
    ['privilege escalation', context('allowPrivilegeEscalation'), 'allowPrivilegeEscalation: must be false'],
    [
      'capabilities that are kept',
      context('capabilities.drop', ['NET_RAW']),
      'capabilities.drop: must hold ALL',
    ],
    [
      'a capability that is added',
      context('capabilities.add', ['NET_BIND_SERVICE', 'SYS_TIME']),
      'SYS_TIME is not allowed',
    ],
    ['root', context('runAsUser', 0), `${CONTAINER}.securityContext.runAsUser: must not be 0`],
    [
      'root of the whole pod',
      pod('securityContext.runAsUser', 0),
      `${POD}.securityContext.runAsUser: must not be 0`,
    ],
    [
      'what may be root',
      pod('securityContext.runAsNonRoot'),
      'runAsNonRoot: must be true, here or for the pod',
    ],
    [
      'a container that may be root in a pod that may not',
      context('runAsNonRoot', false),
      'runAsNonRoot: must be true',
    ],
    [
      'no seccomp profile',
      pod('securityContext.seccompProfile'),
      'seccompProfile.type: must be RuntimeDefault or Localhost, here',
    ],
    [
      'an unconfined seccomp profile',
      context('seccompProfile', { type: 'Unconfined' }),
      'seccompProfile.type: must be RuntimeDefault or Localhost',
    ],
    [
      'an unconfined AppArmor profile',
      pod('securityContext.appArmorProfile', { type: 'Unconfined' }),
      'appArmorProfile.type: must be',
    ],
    [
      'the same as an annotation',
      {
        object: API,
        path: 'spec.template.metadata.annotations',
        value: { 'container.apparmor.security.beta.kubernetes.io/api-server': 'unconfined' },
      },
      'must be runtime/default',
    ],
    ['an SELinux type', pod('securityContext.seLinuxOptions', { type: 'spc_t' }), 'spc_t is not allowed'],
    [
      'an SELinux user',
      pod('securityContext.seLinuxOptions', { user: 'system_u' }),
      'must set neither user nor role',
    ],
    ['an unmasked /proc', context('procMount', 'Unmasked'), 'procMount: must be Default'],
    [
      'an unsafe sysctl',
      pod('securityContext.sysctls', [{ name: 'kernel.msgmax', value: '1' }]),
      'the sysctl kernel.msgmax is not allowed',
    ],
    [
      'a Windows host process',
      pod('securityContext.windowsOptions', { hostProcess: true }),
      'hostProcess: must not be true',
    ],
    [
      'a probe of another host',
      api('livenessProbe.httpGet.host', '10.0.0.1'),
      'livenessProbe.httpGet.host: must not be set',
    ],
    [
      'root in an init container',
      pod('initContainers', [{ name: 'init', image: 'init:1', securityContext: { runAsUser: 0 } }]),
      'initContainers[init].securityContext.runAsUser: must not be 0',
      'allowPrivilegeEscalation',
      'capabilities.drop',
      'readOnlyRootFilesystem',
      'requests.cpu',
      'requests.memory',
      'limits.memory',
    ],
    [
      'root in the Job',
      { object: MIGRATE, path: `${POD}.securityContext.runAsUser`, value: 0 },
      'Job production/migrate-1.5.2',
    ],
    [
      'a namespace that takes any pod',
      {
        object: 'Namespace production',
        path: 'metadata.labels[pod-security.kubernetes.io/enforce]',
        value: 'baseline',
      },
      'Namespace production: metadata.labels[pod-security.kubernetes.io/enforce]: must be restricted',
    ],
  ]);

  eachBroken(
    () => rendered.dev,
    [
      [
        'a data store',
        { object: 'StatefulSet redis', path: `${POD}.securityContext.runAsUser`, value: 0 },
        'StatefulSet dev/redis',
      ],
    ],
  );
});

describe('hardening', () => {
  eachBroken(prod, [
    [
      'a writable root file system',
      api('securityContext.readOnlyRootFilesystem', false),
      'readOnlyRootFilesystem: must be true',
    ],
    [
      'a token for the API server',
      { object: API, path: `${POD}.automountServiceAccountToken` },
      'automountServiceAccountToken: must be false',
    ],
    ['no memory limit', api('resources.limits.memory'), 'limits.memory: must be set'],
    [
      'no cpu request',
      { object: WORKER, path: `${POD}.containers[worker].resources.requests.cpu` },
      'requests.cpu: must be set',
    ],
    [
      'the default ServiceAccount',
      { object: API, path: `${POD}.serviceAccountName` },
      'serviceAccountName: there is no ServiceAccount',
    ],
    [
      "another's ServiceAccount",
      { object: API, path: `${POD}.serviceAccountName`, value: 'worker' },
      'worker is that of worker too',
      'worker is that of api-server too',
    ],
  ]);
});

describe('selectors', () => {
  eachBroken(prod, [
    [
      'a Deployment that does not select its pods',
      { object: API, path: 'spec.selector.matchLabels.app', value: 'api' },
      'spec.selector: does not match the labels of its own pod template',
    ],
    [
      "a Deployment that selects another's pods",
      {
        object: API,
        path: 'spec.selector.matchLabels',
        value: { 'app.kubernetes.io/part-of': productName() },
      },
      ...['worker', 'migrate-1.5.2'].map((name) => `matches the pods of ${name} too`),
    ],
    [
      'a PodDisruptionBudget of nobody',
      { object: 'PodDisruptionBudget worker', path: 'spec.selector.matchLabels.app', value: 'workers' },
      'PodDisruptionBudget production/worker: spec.selector: selects no pod',
      'Deployment production/worker: no PodDisruptionBudget selects its pods',
    ],
    [
      'a policy of nobody',
      { object: 'NetworkPolicy worker', path: 'spec.podSelector.matchLabels.app', value: 'workers' },
      'NetworkPolicy production/worker: spec.podSelector: selects no pod',
      'out to TCP port 5432',
      'out to TCP port 6379',
      'lets Prometheus in',
    ],
    [
      'a policy for solvers that cert-manager never makes',
      {
        object: 'NetworkPolicy acme-http-solver',
        path: 'spec.podSelector.matchLabels',
        value: { 'acme.cert-manager.io/solver': 'true' },
      },
      'NetworkPolicy production/acme-http-solver: spec.podSelector: selects no pod',
    ],
    [
      'a PodMonitor of nobody',
      { object: 'PodMonitor worker', path: 'spec.selector.matchLabels.app', value: 'workers' },
      'PodMonitor production/worker: spec.selector: selects no pod',
    ],
    [
      'a policy for a port that is not there',
      { object: 'NetworkPolicy worker', path: 'spec.ingress[0].ports[0].port', value: 9465 },
      'spec.ingress[0].ports[0]: worker has no port 9465',
      'no NetworkPolicy lets Prometheus in to port metrics',
    ],
    [
      'a PodMonitor of a port that is not there',
      { object: 'PodMonitor worker', path: 'spec.podMetricsEndpoints[0].port', value: 'prom' },
      'worker (worker) has no port prom',
    ],
    [
      'a Service of nobody',
      { object: 'Service api-server', path: 'spec.selector.app', value: 'api' },
      'Service production/api-server: spec.selector: selects no pod',
    ],
    [
      'a Service that reaches no port',
      { object: 'Service api-server', path: 'spec.ports[http].targetPort', value: 8080 },
      'spec.ports[0].targetPort: api-server has no port 8080',
    ],
    [
      'an Ingress to a Service that is not there',
      {
        object: 'Ingress api-ingress',
        path: 'spec.rules[0].http.paths[0].backend.service.name',
        value: 'api',
      },
      'backend.service: there is no Service api',
    ],
    [
      'an Ingress to a port that is not there',
      {
        object: 'Ingress api-ingress',
        path: 'spec.rules[0].http.paths[0].backend.service.port',
        value: { number: 8080 },
      },
      'Service api-server has no port 8080',
    ],
    [
      'a host without TLS',
      { object: 'Ingress api-ingress', path: 'spec.rules[0].host', value: 'www.example.com' },
      'www.example.com is not among spec.tls[].hosts',
    ],
    [
      'a certificate that nobody brings',
      { object: 'Ingress api-ingress', path: 'metadata.annotations[cert-manager.io/cluster-issuer]' },
      'spec.tls[0].secretName: nothing brings this certificate',
    ],
    [
      'an object in another namespace',
      { object: 'NetworkPolicy dns', path: 'metadata.namespace', value: 'default' },
      'NetworkPolicy default/dns: metadata.namespace: there is no Namespace default',
      'NetworkPolicy default/dns: spec.podSelector: selects no pod',
      ...Array.from({ length: 6 }, () => 'no NetworkPolicy lets it ask DNS'),
    ],
  ]);

  eachBroken(
    () => rendered.keda,
    [
      [
        'an HTTPRoute to a port that is not there',
        { object: 'HTTPRoute api-route', path: 'spec.rules[0].backendRefs[0].port', value: 8080 },
        'spec.rules[0].backendRefs[0]: Service api-server has no port 8080',
      ],
    ],
  );
  eachBroken(
    () => rendered.annotated,
    [
      [
        'an annotation with a port that is not there',
        { object: API, path: 'spec.template.metadata.annotations[prometheus.io/port]', value: '9465' },
        '9465 is no port of its containers',
      ],
    ],
  );
  eachBroken(
    () => rendered.dev,
    [
      [
        'a peer that is not there',
        {
          object: 'NetworkPolicy redis',
          path: 'spec.ingress[0].from[0].podSelector.matchLabels',
          value: { app: 'nobody' },
        },
        'spec.ingress[0].from[0].podSelector: selects no pod',
      ],
    ],
  );

  test('a second PodDisruptionBudget, with which nothing could be evicted', async () => {
    const budget = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'all', namespace: 'production' },
      spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'worker' } } },
    };
    expect(await faultsOf(withObject(prod(), budget))).toEqual([
      expect.stringContaining('more than one PodDisruptionBudget'),
    ]);
  });
});
