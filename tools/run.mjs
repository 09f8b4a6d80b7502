// First thing that runs on a fresh clone, on any Node from 20.19 on: builtins only.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = [20, 19];
const PROGRESS_INTERVAL_MS = 5_000;
const LOCK_POLL_MS = 200;

const windows = process.platform === 'win32';
const workspace = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(workspace, 'node_modules');
const projectNode = join(modules, 'node', 'bin', windows ? 'node.exe' : 'node');
const stampFile = join(modules, '.installed-lock');
const lockFile = join(workspace, '.local', 'install.lock');

/** A fault of the user's machine or command line: one line, no stack. */
class Refusal extends Error {}

try {
  checkNode();
  const main = mainOf(process.argv[2]);
  await installIfNeeded();
  await run(main, process.argv.slice(3));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new Refusal(
    `Node ${process.version} is too old: install Node ${OLDEST_NODE.join('.')} or later, then try again.`,
  );
}

function mainOf(command) {
  const tools = join(workspace, 'tools');
  const commands = readdirSync(tools).filter((name) => existsSync(join(tools, name, 'main.ts')));
  if (commands.includes(command)) return join('tools', command, 'main.ts');
  const fault = command === undefined ? 'Which command?' : `There is no command ${command}.`;
  throw new Refusal(`${fault} There are: ${commands.join(', ')} (node tools/run.mjs <command> [arguments]).`);
}

async function installIfNeeded() {
  if (isInstalled()) return;
  const release = await takeInstallLock();
  try {
    // Whoever held the lock may have installed meanwhile.
    if (!isInstalled()) await install();
  } finally {
    release();
  }
}

function isInstalled() {
  if (!existsSync(projectNode)) return false;
  const wanted = lockHash();
  if (existsSync(stampFile)) return readFileSync(stampFile, 'utf8') === wanted;
  if (!installedByHand()) return false;
  writeFileSync(stampFile, wanted);
  return true;
}

function lockHash() {
  const lock = readFileSync(join(workspace, 'package-lock.json'), 'utf8');
  // What the workspace is called makes no difference to what is installed.
  return createHash('sha256')
    .update(lock.replace(/^ {2}"name": .*$/m, '').replace(/^ {6}"name": .*$/m, ''))
    .digest('hex');
}

/** Whether npm itself, run by somebody, has put in place all that the lock file asks of every platform. */
function installedByHand() {
  const record = join(modules, '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(workspace, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional, devOptional, peer }]) =>
      path === '' || optional || devOptional || peer || installed[path]?.version === version,
  );
}

async function takeInstallLock() {
  mkdirSync(dirname(lockFile), { recursive: true });
  for (let announced = false; ;) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
      return () => rmSync(lockFile, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const owner = lockOwner();
    if (owner !== undefined && !isAlive(owner)) rmSync(lockFile, { force: true });
    else if (!announced) {
      announced = true;
      console.log(`Waiting for process ${owner ?? 'unknown'}, which is installing dependencies`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
  }
}

function lockOwner() {
  try {
    return Number(readFileSync(lockFile, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function install() {
  console.log(
    'Installing dependencies with npm ci: about half a minute when npm has them in its cache, else longer',
  );
  const began = performance.now();
  const elapsed = () => `${Math.round((performance.now() - began) / 1000)} s`;
  const ticker = setInterval(() => console.log(`  still installing, ${elapsed()}`), PROGRESS_INTERVAL_MS);
  try {
    await npmCi();
  } finally {
    clearInterval(ticker);
  }
  if (!existsSync(projectNode)) {
    throw new Refusal(
      `npm ci left no ${projectNode}: allow install scripts (npm config delete ignore-scripts), then try again.`,
    );
  }
  writeFileSync(stampFile, lockHash());
  console.log(`Installed dependencies in ${elapsed()}`);
}

/** `--include`: the tools are development dependencies, also where NODE_ENV=production is set. */
function npmCi() {
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  const npm = spawn('npm', args, { cwd: workspace, shell: windows, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  npm.stdout.on('data', (text) => (output += text));
  npm.stderr.on('data', (text) => (output += text));
  const forwarded = forwardSignals(npm);
  return new Promise((resolve, reject) => {
    npm.once('error', (error) =>
      reject(new Refusal(`Cannot run npm (${error.code}): install Node.js together with npm.`)),
    );
    npm.once('close', (code, signal) => {
      forwarded.stop();
      if (code === 0) resolve();
      else
        reject(
          new Refusal(`${output}\nnpm ci failed with ${signal ?? `code ${code}`}; its output is above.`),
        );
    });
  });
}

/** Runs a command's TypeScript on the project's own Node, and ends as it ends. */
async function run(main, args) {
  const path = [join(modules, '.bin'), process.env.PATH].join(delimiter);
  const child = spawn(projectNode, ['--import', 'tsx', main, ...args], {
    cwd: workspace,
    env: { ...process.env, PATH: path },
    stdio: 'inherit',
  });
  const forwarded = forwardSignals(child);
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (...outcome) => resolve(outcome));
  });
  forwarded.stop();
  process.exitCode = code ?? 128 + constants.signals[signal];
}

/** A terminal's Ctrl-C reaches the whole foreground group, so the child already has that one. */
function forwardSignals(child) {
  const forward = (signal) => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  return { stop: () => signals.forEach((signal) => process.off(signal, forward)) };
}
