import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sessionsInContainers } from '../sessions/in-containers';
import { Environment, freshEnvironment } from '../support/environment';
import { QueuePageClient, queuePageEnvironment } from '../support/queue-page';
import { AppName, killRunning } from '../support/running-app';
import { SlowRequest } from '../support/slow-request';
import { UNWANTED } from './build-context';
import { BuiltImage, filesBelow, ImageBuilds } from './built-images';
import { firstProcess, removeContainers, runContainer, type TriedInContainers } from './container';

const APPS: AppName[] = ['api', 'worker', 'migrate'];
const BUILD_TIMEOUT_MS = 600_000;
const MAX_BYTES_OVER_BASE = 30e6;
const RELEASE = {
  SOURCE: 'https://git.test/team/product',
  REVISION: '0123456789abcdef0123456789abcdef01234567',
  VERSION: '1.2.3',
  CREATED: '2026-11-24T20:00:00Z',
};
/** What a feature asks of the images. */
const features: TriedInContainers[] = [...sessionsInContainers];
const REPORT_CODE_CACHE = join(__dirname, '../../../../tools/build/report-code-cache.fixture.cjs');

const builds = new ImageBuilds();
const images = new Map<AppName, BuiltImage>();

beforeAll(async () => {
  await builds.prepare();
  images.set('api', await builds.build('api', RELEASE));
  builds.changeSource();
  for (const app of ['worker', 'migrate'] as const) images.set(app, await builds.build(app));
}, BUILD_TIMEOUT_MS);
afterEach(async () => {
  await killRunning();
  removeContainers();
});
afterAll(() => builds.remove(), 60_000);

function image(app: AppName): BuiltImage {
  const built = images.get(app);
  if (!built) throw new Error(`the image of ${app} was not built`);
  return built;
}

const addedFiles = (app: AppName) => {
  const base = new Set(filesBelow(builds.baseRoot));
  return filesBelow(image(app).root).filter((file) => !base.has(file));
};

function run(
  app: AppName,
  env: NodeJS.ProcessEnv,
  more: { args?: string[]; mounts?: Record<string, string> } = {},
) {
  const { root, config } = image(app);
  return runContainer({ root, config, ...more }, env, join(builds.folder, 'containers'));
}

describe('docker build', () => {
  test.each([
    ['a wrong', { APP: 'e2e' }, 'APP=e2e is no app'],
    ['a missing', {}, 'APP= is no app'],
  ])('says in one line which apps there are, for %s APP', async (_, buildArgs, message) => {
    const output = await builds.outputOf(buildArgs);
    expect(output.split('\n')).toContain(
      `${message}: docker build --build-arg APP=... takes one of api migrate worker`,
    );
    expect(output).not.toContain('npm ci');
  });

  test('takes the dependencies from the cache when only the source has changed', () => {
    expect(image('worker').output).toMatch(/npm ci .*\n--> Using cache/);
    expect(image('worker').output).toMatch(/COPY libs libs\n--> [0-9a-f]+\n/);
  });

  test(
    'gets only what it needs of a working copy',
    async () => {
      const files = await builds.filesInBuild('api');
      const rooms = new Set(files.map((file) => file.split('/').slice(1, 3).join('/')));
      expect([...rooms].filter((room) => !/^(apps|libs)\//.test(room)).sort()).toEqual(
        ['.env.example', 'package-lock.json', 'package.json', 'tools/build', 'tsconfig.base.json'].sort(),
      );
      expect(files.filter((file) => /planted|\.spec\.|\/\.npmrc|\.env$|\.env\.local|e2e/.test(file))).toEqual(
        [],
      );
    },
    BUILD_TIMEOUT_MS,
  );
});

describe.each(APPS)('the image of %s', (app) => {
  test('is the base image and the artefact, below 30 MB', () => {
    const added = addedFiles(app);
    expect(added.filter((file) => !file.startsWith('/app/'))).toEqual([]);
    expect(added).toEqual(
      expect.arrayContaining(['/app/main.js', '/app/app.js.cache', '/app/libraries.js.cache']),
    );
    const bytes = added.reduce((sum, file) => sum + statSync(join(image(app).root, file)).size, 0);
    console.log(`${app}: ${(bytes / 1e6).toFixed(1)} MB over the base image`);
    expect(bytes).toBeLessThan(MAX_BYTES_OVER_BASE);
  });

  test('holds no source, no dependency folder and nothing that lay about', () => {
    const files = filesBelow(join(image(app).root, 'app'));
    expect(
      files.filter((file) => /node_modules|\.ts$|\.map$|package.*\.json$|\/\.|(ba)?sh$/.test(file)),
    ).toEqual([]);
    for (const file of files) {
      expect({ file, unwanted: readFileSync(join(image(app).root, 'app', file)).includes(UNWANTED) }).toEqual(
        {
          file,
          unwanted: false,
        },
      );
    }
    expect(image(app).description).not.toContain(UNWANTED);
  });

  test('belongs to root, so that the process cannot change its code', () => {
    for (const file of ['', ...filesBelow(join(image(app).root, 'app'))]) {
      const { uid, mode } = statSync(join(image(app).root, 'app', file));
      expect({ file, uid, othersMayWrite: mode & 0o022 }).toEqual({ file, uid: 0, othersMayWrite: 0 });
    }
  });

  test('starts node itself, as a user that Kubernetes can tell is not root', () => {
    const { Entrypoint, Cmd, User, WorkingDir, Env } = image(app).config;
    expect({ Entrypoint, Cmd, User, WorkingDir }).toEqual({
      Entrypoint: ['/nodejs/bin/node', '/app/main.js'],
      Cmd: undefined,
      User: '65532:65532',
      WorkingDir: '/app',
    });
    expect(Env.map((variable) => variable.split('=')[0]).sort()).toEqual(['NODE_ENV', 'PATH']);
    expect(Env).toContain('NODE_ENV=production');
  });

  test('runs from the code cache of its build', async () => {
    const preload = '/tmp/report-code-cache.cjs';
    const env = { NODE_OPTIONS: `--require=${preload}` };
    const container = await run(app, env, { mounts: { [preload]: REPORT_CODE_CACHE } });
    await container.exit();
    expect(container.output).toContain('libraries.js: used\napp.js: used\n');
  });

  test('names what is missing of the configuration and exits with 78', async () => {
    const container = await run(app, {});
    expect(await container.exit()).toBe(78);
    expect(container.output).toContain('DATABASE_URL is required');
  });
});

test('labels say what was built, and of which source', () => {
  const prefix = 'org.opencontainers.image';
  expect(image('api').config.Labels).toMatchObject({
    [`${prefix}.title`]: expect.stringMatching(/^[a-z][a-z0-9-]*-api$/),
    [`${prefix}.source`]: RELEASE.SOURCE,
    [`${prefix}.revision`]: RELEASE.REVISION,
    [`${prefix}.version`]: RELEASE.VERSION,
    [`${prefix}.created`]: RELEASE.CREATED,
  });
  expect(image('worker').config.Labels).toMatchObject({
    [`${prefix}.title`]: expect.stringMatching(/^[a-z][a-z0-9-]*-worker$/),
    [`${prefix}.revision`]: 'unknown',
    [`${prefix}.version`]: '0.0.0',
  });
});

describe('as a container with a read-only root', () => {
  let environment: Environment;
  beforeAll(async () => {
    environment = await freshEnvironment({}, (env) => run('migrate', env));
  });
  afterAll(() => environment.close());

  test('migrate migrates and exits with 0', async () => {
    const migrate = await run('migrate', environment.env);
    expect(await migrate.exit()).toBe(0);
  });

  test('the api is process 1 of an ordinary user, and cannot write', async () => {
    await (await run('api', environment.env)).ready();
    const status = readFileSync(`/proc/${firstProcess()}/status`, 'utf8');
    expect(status).toMatch(/^NSpid:\t\d+\t1$/m);
    expect(status).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m);
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(readFileSync(`/proc/${firstProcess()}/mounts`, 'utf8')).toMatch(/^\S+ \/ \S+ ro,/m);
  });

  test('the api is ready, and at SIGTERM finishes what is under way and exits with 0', async () => {
    const api = await (await run('api', { ...environment.env, SHUTDOWN_DRAIN_MS: '300' })).ready();
    expect(await api.probe('live')).toBe(200);
    const slow = await SlowRequest.begin(`${api.url}/nothing`, { name: 'a slow one' });
    api.signal('SIGTERM');
    await api.waitForLog(({ step }) => step === 'drain', 'the end of the drain');
    expect((await slow.finish()).statusCode).toBe(404);
    expect(await api.exit()).toBe(0);
    const order = ['readiness', 'drain', 'http', 'workers', 'redis', 'postgres', 'telemetry', 'exit'];
    expect(api.steps()).toEqual(order);
  });

  test('the worker is ready, and exits with 0 at SIGTERM', async () => {
    const worker = await (await run('worker', environment.env)).ready();
    expect(await worker.stop()).toBe(0);
  });

  test('the worker has the files of the queue page', async () => {
    const worker = await run('worker', { ...environment.env, ...queuePageEnvironment });
    const page = await QueuePageClient.of(worker);
    const [script = ''] = /static\/js\/main\.\w+\.js/.exec(await (await page.call('GET', '/')).text()) ?? [];
    const { status, headers } = await page.call('GET', `/${script}`);
    expect({ status, type: headers.get('content-type') }).toMatchObject({
      status: 200,
      type: expect.stringContaining('javascript'),
    });
    expect(await worker.stop()).toBe(0);
  });

  for (const { what, holds } of features)
    test(what, () => holds(environment, (app, args) => run(app, environment.env, { args })));
});
