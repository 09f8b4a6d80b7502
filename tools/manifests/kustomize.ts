import { execFile } from 'node:child_process';
import { parseAllDocuments, type ScalarTag, type Tags } from 'yaml';
import { Fault } from '../start/fault';
import type { KubernetesObject } from './objects';

const OLDEST_KUSTOMIZE = [5, 5] as const;
const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export interface Renderer {
  /** For people, as `kustomize 5.8.0` or `kubectl 1.36.2 with kustomize 5.8.0`. */
  title: string;
  /** What renders a folder when its path is appended: `kubectl kustomize`. */
  command: string;
  /** @returns the YAML that a folder with a kustomization comes to */
  render(folder: string): Promise<string>;
}

/**
 * `kustomize`, or the one in `kubectl`; from the PATH.
 *
 * @throws Fault, one line for the person who runs the command, when there is neither, or both are too old
 */
export async function findRenderer(env: NodeJS.ProcessEnv = process.env): Promise<Renderer> {
  const found = [await kustomize(env), await kubectl(env)].filter((each) => each !== undefined);
  const fit = found.find(({ version }) => isFit(version));
  const wanted = `kustomize ${OLDEST_KUSTOMIZE.join('.')} or later, or kubectl 1.32 or later, which has it`;
  if (!fit) {
    const too = found.map(({ title }) => `${title} is too old`).join(', ') || 'Neither is on the PATH';
    throw new Fault(`The manifests are rendered by ${wanted}. ${too}: install one of them.`);
  }
  return {
    title: fit.title,
    command: [fit.file, ...fit.args].join(' '),
    render: (folder) => render(fit, folder, env),
  };
}

/** What a rendered stream holds, in its order; read as kubectl reads it, to which `yes` and `007` are no strings. */
export function parseObjects(yaml: string): KubernetesObject[] {
  return parseAllDocuments(yaml, { version: '1.1', customTags: boundedFloats }).map(
    (document) => document.toJS() as KubernetesObject,
  );
}

/** A number that is too large for one stays text in Go, and so does the commit 4e12345 as a version; here it would be Infinity. */
function boundedFloats(tags: Tags): Tags {
  return tags.map((tag) => {
    if (typeof tag === 'string' || tag.collection !== undefined || tag.format !== 'EXP') return tag;
    const resolve: ScalarTag['resolve'] = (text, onError, options) => {
      const value = tag.resolve(text, onError, options);
      return value === Infinity || value === -Infinity ? text : value;
    };
    return { ...tag, resolve };
  });
}

interface Program {
  title: string;
  version: string;
  file: string;
  args: string[];
}

async function kustomize(env: NodeJS.ProcessEnv): Promise<Program | undefined> {
  const output = await run('kustomize', ['version'], env);
  if (output.missing) return undefined;
  const version = /v?(\d+\.\d+\.\d+)/.exec(output.stdout)?.[1] ?? 'unknown';
  return { title: `kustomize ${version}`, version, file: 'kustomize', args: ['build'] };
}

async function kubectl(env: NodeJS.ProcessEnv): Promise<Program | undefined> {
  const output = await run('kubectl', ['version', '--client'], env);
  if (output.missing) return undefined;
  const own = /Client Version: v?(\S+)/.exec(output.stdout)?.[1] ?? 'unknown';
  const version = /Kustomize Version: v?(\d+\.\d+\.\d+)/.exec(output.stdout)?.[1] ?? 'unknown';
  const title = `kubectl ${own} with kustomize ${version}`;
  return { title, version, file: 'kubectl', args: ['kustomize'] };
}

function isFit(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_KUSTOMIZE;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

async function render(
  { file, args, title }: Program,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const { code, stdout, stderr } = await run(file, [...args, folder], env);
  if (code !== 0) throw new Fault(`${title} cannot render ${folder}: ${stderr.trim()}`);
  // A deprecated field still works, until it does not: kustomize says so here.
  if (stderr.trim() !== '') throw new Fault(`${title} warns of ${folder}: ${stderr.trim()}`);
  return stdout;
}

interface Output {
  missing: boolean;
  code: number;
  stdout: string;
  stderr: string;
}

function run(file: string, args: string[], env: NodeJS.ProcessEnv): Promise<Output> {
  return new Promise((resolve) => {
    const options = { env, timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
    execFile(file, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ missing: error?.code === 'ENOENT', code, stdout, stderr });
    });
  });
}
