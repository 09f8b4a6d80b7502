import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { endProcessTree } from '@kubernest/testing';
import type { JestReport, TaskOutcome } from './tally';

export interface NxRun {
  targets: string[];
  /** Those of the targets that run Jest with its results in `dist/test-results/`. */
  jestTargets: string[];
  /** Empty means all. */
  projects: string[];
  cache: boolean;
  env: NodeJS.ProcessEnv;
}

interface PlannedTask {
  id: string;
  target: { project: string; target: string };
}

const STOP_TIMEOUT_MS = 5_000;
/** Nx's own runner wants a terminal of its own, which a process group of its own does not have. */
const plainRunner = { NX_NATIVE_COMMAND_RUNNER: 'false' };
const nxEnvironment = { ...plainRunner, NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false', NX_TUI: 'false' };

/**
 * What Nx would run.
 *
 * @throws Error with what Nx said, for example that there is no such project
 */
export async function plan(run: NxRun): Promise<PlannedTask[]> {
  const nx = spawnNx(run, ['--graph=stdout'], 'pipe');
  let output = '';
  let errors = '';
  nx.stdout?.on('data', (text: Buffer) => (output += text.toString()));
  nx.stderr?.on('data', (text: Buffer) => (errors += text.toString()));
  const code = await ended(nx);
  if (code !== 0) throw new Error(`nx run-many failed with code ${code}:\n${output}${errors}`.trim());
  const { tasks } = JSON.parse(output) as { tasks: { tasks: Record<string, PlannedTask> } };
  const planned = Object.values(tasks.tasks);
  const unknown = run.projects.find((name) => !planned.some(({ target }) => target.project === name));
  if (unknown) throw new Error(`There is no project ${unknown}: npx nx show projects lists them`);
  return planned;
}

/**
 * Runs the planned tasks, printing as it goes, and says what became of each.
 *
 * @throws the reason of `interrupted` once every process that the tasks started has ended
 */
export async function runTasks(
  run: NxRun,
  planned: PlannedTask[],
  interrupted: AbortSignal,
): Promise<TaskOutcome[]> {
  const jestTasks = planned.filter(({ target }) => run.jestTargets.includes(target.target));
  interrupted.throwIfAborted();
  // A result of an earlier run must not pass for one of this run; Nx restores those of tasks that it takes from its cache.
  for (const task of jestTasks) rmSync(reportFile(task), { force: true });
  const began = new Date().toISOString();
  const nx = spawnNx(run, ['--output-style=static'], 'inherit');
  let stopping: Promise<void> | undefined;
  const abort = () => {
    stopping = endProcessTree(nx.pid ?? 0, { graceMs: STOP_TIMEOUT_MS });
  };
  interrupted.addEventListener('abort', abort);
  await ended(nx);
  await stopping;
  interrupted.throwIfAborted();
  interrupted.removeEventListener('abort', abort);
  const exitCodes = exitCodesSince(began);
  return planned.map((task) => {
    const runsJest = jestTasks.includes(task);
    const outcome = { id: task.id, exitCode: exitCodes.get(task.id), runsJest };
    return runsJest ? { ...outcome, report: readReport(task) } : outcome;
  });
}

function spawnNx(run: NxRun, options: string[], output: 'pipe' | 'inherit'): ChildProcess {
  const projects = run.projects.length > 0 ? ['-p', run.projects.join(',')] : [];
  const cache = run.cache ? [] : ['--skip-nx-cache'];
  return spawn('nx', ['run-many', '-t', ...run.targets, ...projects, ...cache, ...options], {
    env: { ...process.env, ...nxEnvironment, ...run.env },
    stdio: ['ignore', output, output],
    // So that a terminal's Ctrl-C reaches only us: then no task ends before those that depend on it.
    detached: true,
  });
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/** Nx leaves the outcome of its last run in its cache folder; tasks that it did not get to are missing there. */
function exitCodesSince(began: string): Map<string, number> {
  const file = '.nx/cache/run.json';
  if (!existsSync(file)) return new Map();
  const { run, tasks } = JSON.parse(readFileSync(file, 'utf8')) as {
    run: { startTime: string };
    tasks: { taskId: string; status?: number }[];
  };
  if (run.startTime < began) return new Map();
  return new Map(tasks.flatMap(({ taskId, status }) => (status === undefined ? [] : [[taskId, status]])));
}

function reportFile({ target: { project, target } }: PlannedTask): string {
  return join('dist/test-results', target === 'test' ? `${project}.json` : `${project}.${target}.json`);
}

function readReport(task: PlannedTask): JestReport | undefined {
  try {
    return JSON.parse(readFileSync(reportFile(task), 'utf8')) as JestReport;
  } catch {
    return undefined;
  }
}
