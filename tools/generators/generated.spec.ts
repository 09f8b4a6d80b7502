import { WorkspaceCopy } from '../checks/workspace-copy.fixture';

const LONG_MS = 600_000;

/** In this order: each builds upon what is there by then. */
const STEPS = [
  ['feature', 'zeppelins', '--columns', 'name:text,due-on:date,total:integer,is-paid:boolean,customer:uuid'],
  ['endpoint', 'zeppelins'],
  ['job', 'moor-zeppelins', '--feature', 'zeppelins', '--schedule', '0 3 * * *'],
  ['job', 'count-zeppelins', '--feature', 'zeppelins', '--cron', '0 4 * * *'],
  [
    ...['migration', 'index-zeppelins-by-name', '--feature', 'zeppelins'],
    ...['--up', 'CREATE INDEX zeppelin_name_idx ON zeppelin (name)'],
    ...['--down', 'DROP INDEX zeppelin_name_idx'],
  ],
  [
    ...['variable', 'ZEPPELIN_LIMIT', '--lib', 'zeppelins', '--type', 'integer', '--default', '10'],
    ...['--value', '20', '--about', "An account's zeppelins."],
  ],
  ['variable', 'ZEPPELIN_KEY', '--lib', 'zeppelins', '--secret', '--about', 'Signs the links to files.'],
  [
    ...['variable', 'ZEPPELIN_SEAL', '--lib', 'zeppelins', '--secret', '--required'],
    ...['--about', 'Signs the tickets.'],
  ],
  ['service', 'zeppelin-yard', '--kind', 'worker'],
  ['job', 'paint-zeppelins', '--feature', 'zeppelins', '--app', 'zeppelin-yard'],
  // Words that SQL and JavaScript keep for themselves, and nobody's.
  ['feature', 'odd-words', '--entity', 'else', '--no-owned', '--columns', 'order:integer,default:text'],
  ['endpoint', 'odd-words'],
  ['job', 'typeof', '--feature', 'odd-words'],
];

let copy: WorkspaceCopy;
/** What was written, relative to the copy. */
let written: string[];

const generate = (...args: string[]) => copy.run('nx', 'generate', ...args);
const changed = () => copy.git('status', '--porcelain', '--untracked-files=all');

beforeAll(async () => {
  copy = new WorkspaceCopy();
  for (const step of STEPS) await copy.succeed('nx', 'generate', ...step);
  written = changed()
    .split('\n')
    .map((line) => line.slice(3))
    .filter(Boolean);
  copy.commit();
}, LONG_MS);

test(
  'a second time, an invalid name and a dry run change nothing; what is refused is said in one line',
  async () => {
    for (const step of STEPS) {
      const { code, output } = await generate(...step);
      expect(code).toBe(1);
      const said = output.split('\n').filter((line) => line.trim() !== '' && !line.includes('Generating'));
      expect(said).toEqual([expect.stringMatching(/ NX {3}.* already/)]);
    }
    expect(await generate('job', 'Send', '--feature', 'zeppelins')).toMatchObject({ code: 1 });
    expect(await generate('feature', 'odd-reports', '--dry-run')).toMatchObject({ code: 0 });
    expect(changed()).toBe('');
  },
  LONG_MS,
);

test('leaves nothing to be done', () => {
  const code = written.filter((path) => /\.(ts|yaml|json)$/.test(path));
  expect(code.length).toBeGreaterThan(40);
  expect(code.filter((path) => /TODO|FIXME|<%/.test(copy.read(path)))).toEqual([]);
});

test(
  'is as the linter, the formatter and the compiler want it',
  async () => {
    const code = written.filter((path) => path.endsWith('.ts'));
    await copy.succeed('eslint', '--max-warnings', '0', ...code);
    await copy.succeed('prettier', '--check', ...written.filter((path) => !/\.(example|lock)$/.test(path)));
    await copy.succeed('tsc', '-p', '.');
  },
  LONG_MS,
);

test(
  'passes its own tests, and those of the migrations and the manifests',
  async () => {
    for (const project of ['libs/zeppelins', 'libs/odd-words', 'apps/migrate']) await copy.jest(project);
    const checks = 'keda-lists|generated-files|documents.spec|manifests.spec|snapshots|boundaries';
    await copy.jest('tools', `${checks}|broken-workloads|exchanged-components`);
  },
  LONG_MS,
);

test(
  'runs: the endpoints answer in the api, as they are described, and the jobs are done by the worker and its command',
  async () => {
    await copy.succeed('nx', 'run-many', '-t', 'build', '-p', 'api,worker,migrate,zeppelin-yard');
    const jest = [
      'node',
      '--experimental-vm-modules',
      'node_modules/jest/bin/jest.js',
      '--rootDir',
      'apps/e2e',
    ];
    const specs = 'zeppelins|odd-words|typeof|authorisation|fuzzed-requests';
    await copy.succeed('env', 'FUZZ_RUNS=300', ...jest, specs);
  },
  LONG_MS,
);
