import { scratchFolder } from '@kubernest/testing';
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

export const workspace = join(__dirname, '../..');
const scratch = scratchFolder();

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

export function deploy(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const command = ['--import', 'tsx', 'tools/deploy/main.ts', ...args];
  const options = { cwd: workspace, env: { ...process.env, ...env }, maxBuffer: 2 ** 26 };
  return new Promise((resolve) => {
    execFile(process.execPath, command, options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** A PATH that has what Node needs, and of `kubectl` and `kustomize` only what is written into it. */
export function pathWith(programs: Record<string, string>): NodeJS.ProcessEnv {
  const folder = join(scratch, `bin-${readdirSync(scratch).length}`);
  mkdirSync(folder);
  symlinkSync('/bin/sh', join(folder, 'sh'));
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return { PATH: [folder, dirname(process.execPath)].join(delimiter) };
}

/** What this machine renders with, as a kustomize of its own. */
export const KUSTOMIZE = execFileSync(
  'sh',
  ['-c', `p=$(command -v kustomize) && echo "$p build" || echo "$(command -v kubectl) kustomize"`],
  { encoding: 'utf8' },
).trim();

/** A kubectl before a cluster: it answers what the tool asks, and everything else as it is told. */
export interface Cluster {
  version?: string;
  context?: string;
  answers?: boolean;
  namespace?: boolean;
  replicaSets?: object[];
  /** The names of its pods, each with a port for operators. */
  pods?: string[];
  /** Further cases of what kubectl answers. */
  cases?: string;
  /** The first words of a call that ends with exit code 3. */
  failing?: string;
}

export function cluster(given: Cluster = {}): NodeJS.ProcessEnv {
  const {
    version = '1.36.0',
    context = 'laptop',
    answers = true,
    namespace = true,
    replicaSets = [],
    pods = [],
    cases = '',
  } = given;
  const items = pods.map((name) => ({
    metadata: { name },
    spec: { containers: [{ ports: [{ name: 'metrics', containerPort: 9464 }] }] },
  }));
  const refuse = (text: string) => `{ echo 'more lines' >&2; echo '${text}' >&2; exit 1; }`;
  const kubectl = `case "$*" in
    version*) echo '{"clientVersion": {"gitVersion": "v${version}"}}';;
    'config current-context') test -n '${context}' && echo '${context}';;
    'get --raw'*) ${String(answers)} || ${refuse('connection refused')};;
    'get namespace'*) ${String(namespace)} || ${refuse('Error from server (NotFound): none')};;
    'get replicasets'*) echo '${JSON.stringify({ items: replicaSets })}';;
    'get pods'*) echo '${JSON.stringify({ items })}';;
    ${cases}
    '${given.failing ?? 'nothing'}'*) exit 3;;
  esac`;
  const kustomize = `test "$1" = version && echo v5.5.0 || exec ${KUSTOMIZE} "$2"`;
  return pathWith({ kubectl, kustomize });
}

export const calls = (stderr: string) =>
  Array.from(stderr.matchAll(/^\$ kubectl (.*)$/gm), ([, call]) => call);
