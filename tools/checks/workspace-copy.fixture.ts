import { scratchFolder } from '@kubernest/testing';
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

const workspace = resolve(__dirname, '../..');
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export interface Outcome {
  code: number;
  /** Of both streams. */
  output: string;
}

/** A clone of this work tree as it is now, committed, with everything installed, in which tools may change what they like. */
export class WorkspaceCopy {
  readonly folder = join(scratchFolder(), 'clone');

  constructor() {
    const listed = execFileSync('git', ['ls-files', '-coz', '--exclude-standard', '--deduplicate'], {
      cwd: workspace,
      encoding: 'utf8',
    });
    const deleted = execFileSync('git', ['ls-files', '-dz'], { cwd: workspace, encoding: 'utf8' }).split(
      '\0',
    );
    for (const path of listed.split('\0').filter((each) => each !== '' && !deleted.includes(each)))
      cpSync(join(workspace, path), join(this.folder, path));
    symlinkSync(join(workspace, 'node_modules'), join(this.folder, 'node_modules'));
    // A Redis that was downloaded need not be downloaded again.
    const redis = join(workspace, '.local/redis');
    mkdirSync(join(this.folder, '.local'));
    if (existsSync(redis)) symlinkSync(redis, join(this.folder, '.local/redis'));
    this.git('init', '--quiet');
    // A link is no folder, which is all that .gitignore names.
    writeFileSync(join(this.folder, '.git/info/exclude'), '/node_modules\n');
    this.commit();
  }

  /** Runs a program of this workspace or of the PATH, in the copy, as a person would. */
  run(file: string, ...args: string[]): Promise<Outcome> {
    return new Promise((done) => {
      const options = { cwd: this.folder, env: environment(this.folder), maxBuffer: MAX_OUTPUT_BYTES };
      execFile(file, args, options, (error, stdout, stderr) =>
        done({
          code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1,
          output: stdout + stderr,
        }),
      );
    });
  }

  /** @throws Error with all that it printed when it fails */
  async succeed(file: string, ...args: string[]): Promise<string> {
    const { code, output } = await this.run(file, ...args);
    if (code !== 0) throw new Error(`${[file, ...args].join(' ')} ended with ${code}:\n${output}`);
    return output;
  }

  /** Those specs of a project, whose path has `pattern` in it. */
  jest(project: string, ...patterns: string[]): Promise<string> {
    const jest = 'node_modules/jest/bin/jest.js';
    return this.succeed('node', '--experimental-vm-modules', jest, '--rootDir', project, ...patterns);
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  git(...args: string[]): string {
    return execFileSync('git', args, { cwd: this.folder, encoding: 'utf8' });
  }

  commit(): void {
    this.git('add', '--all');
    this.git(
      '-c',
      'user.name=Test',
      '-c',
      'user.email=test@example.com',
      'commit',
      '--quiet',
      '--message=Clone',
    );
  }
}

/** Not that of the run that we are in, but for the servers of its tests. */
function environment(folder: string): NodeJS.ProcessEnv {
  const foreign = /^(NX_|JEST_|FORCE_COLOR$|DATABASE_URL|REDIS_URL|NODE_OPTIONS$|npm_)/;
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  const bin = [join(folder, 'node_modules/node/bin'), join(folder, 'node_modules/.bin')];
  return {
    ...Object.fromEntries(own),
    PATH: [...bin, process.env['PATH']].join(delimiter),
    NX_DAEMON: 'false',
    // Under CI=true Nx colours what it prints, terminal or not.
    NO_COLOR: '1',
    NODE_NO_WARNINGS: '1',
  };
}
