import { broken, eachBroken, env, forBreaking } from './broken.fixture';
import { faultsOf } from './validate';

const rendered = forBreaking();
const prod = () => rendered.prod;

describe('network policies', () => {
  const egress = (name: string, store: number) => ({
    object: `NetworkPolicy ${name}`,
    path: `spec.egress[${store}].ports[0].port`,
  });
  eachBroken(prod, [
    [
      'that let some of the workloads reach Postgres elsewhere',
      ['api-server', 'worker'].map((name) => ({ ...egress(name, 0), value: 6432 })),
      'Job production/migrate-1.5.2: no NetworkPolicy lets it out to TCP port 6432, where DATABASE_URL leads',
    ],
    [
      'that let the worker reach Redis elsewhere',
      { ...egress('worker', 1), value: 6380 },
      'Deployment production/worker: no NetworkPolicy lets it out to TCP port 6379, where REDIS_URL leads',
    ],
    [
      'that let the API reach Postgres by UDP',
      { object: 'NetworkPolicy api-server', path: 'spec.egress[0].ports[0].protocol', value: 'UDP' },
      'Deployment production/api-server: no NetworkPolicy lets it out to TCP port 5432',
    ],
    [
      'that do not let the API reach the collector of its traces',
      env('OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector.observability.svc:4317'),
      'Deployment production/api-server: no NetworkPolicy lets it out to TCP port 4317, where OTEL_EXPORTER_OTLP_ENDPOINT leads',
    ],
    [
      'that let nobody ask DNS by TCP, which a long answer needs',
      { object: 'NetworkPolicy dns', path: 'spec.egress[0].ports[1].protocol', value: 'UDP' },
      ...Array.from({ length: 3 }, () => 'no NetworkPolicy lets it ask DNS (TCP port 53)'),
    ],
    [
      'that leave the pods open that none of them chooses',
      { object: 'NetworkPolicy default-deny', path: 'spec.policyTypes', value: ['Ingress'] },
      'other pods of its namespace stay open: add a NetworkPolicy with an empty podSelector',
    ],
    [
      'that do not let the API reach Postgres',
      { object: 'NetworkPolicy api-server', path: 'spec.egress[0].ports[0].port', value: 5433 },
      'Deployment production/api-server: no NetworkPolicy lets it out to TCP port 5432, where DATABASE_URL leads',
    ],
    [
      'that let the migration reach Redis',
      {
        object: 'NetworkPolicy migrate',
        path: 'spec.egress[0].ports',
        value: [{ port: 5432 }, { port: 6379 }],
      },
      'Job production/migrate-1.5.2: NetworkPolicies let it out to port 6379, and migrate has no REDIS_URL',
    ],
    [
      'that let nobody ask DNS',
      { object: 'NetworkPolicy dns', path: 'spec.egress[0].ports', value: [{ protocol: 'UDP', port: 5353 }] },
      ...Array.from({ length: 6 }, () => 'no NetworkPolicy lets it ask DNS'),
    ],
    [
      'that let nobody reach the API',
      { object: 'NetworkPolicy api-server', path: 'spec.ingress[0].ports[0].port', value: 'metrics' },
      'Deployment production/api-server: no NetworkPolicy lets Service api-server in to port http',
    ],
    [
      'that keep Prometheus out',
      { object: 'NetworkPolicy worker', path: 'spec.ingress' },
      'Deployment production/worker: no NetworkPolicy lets Prometheus in to port metrics',
    ],
  ]);

  test('may lead to databases on other ports, as long as they agree', async () => {
    const postgres = ['api-server', 'worker', 'migrate'].map((name) => ({
      ...egress(name, 0),
      value: 6432,
    }));
    const redis = ['api-server', 'worker'].map((name) => ({ ...egress(name, 1), value: 6380 }));
    const anywhere = {
      object: 'NetworkPolicy dns',
      path: 'spec.egress[1]',
      value: { ports: [{ port: 443 }] },
    };
    expect(await faultsOf(broken(prod(), [...postgres, ...redis, anywhere]))).toEqual([]);
  });
});

describe('network policies around data stores of known addresses', () => {
  eachBroken(
    () => rendered.isolated,
    [
      [
        'that agree on a port where no store is',
        ['api-server', 'worker'].map((name) => ({
          object: `NetworkPolicy ${name}`,
          path: 'spec.egress[1].ports[0].port',
          value: 6380,
        })),
        ...['api-server', 'worker'].map(
          (name) =>
            `Deployment dev/${name}: no NetworkPolicy lets it out to TCP port 6379, where REDIS_URL leads`,
        ),
      ],
    ],
  );
});
