import { parseArgs } from 'node:util';
import { foldersIn } from '../manifests/overlays';
import { Fault } from '../start/fault';
import { OPERATIONS, type OperationName } from './operations';

export interface DeployOptions {
  operation: OperationName;
  overlay: string;
  workload: string;
  localPort: string;
  level: string | undefined;
  seconds: string | undefined;
  /** For promote: the one or the other. */
  release: string | undefined;
  from: string | undefined;
}

const OPTIONS =
  'Options are --workload=<name>, --local-port=<port>, --level=<level>, --seconds=<number>, --release=<version> and --from=<overlay>';

export function usage(): string {
  const lines = Object.entries(OPERATIONS).map(([name, { about }]) => `  ${name.padEnd(14)}${about}`);
  return `npx nx <operation> deploy --configuration=<overlay>

${lines.join('\n')}

Overlays: ${foldersIn('overlays').join(', ')}.
--workload=worker   for logs and log-level: whose; api-server if not given
--local-port=8080   for port-forward: on this machine; 3000 if not given
--level=debug       for log-level: the one that is wanted; without it, what it is
--seconds=900       for log-level: how long, before the configured level returns; 900 if not given
--release=1.6.0     for promote: the version that the overlay is to run
--from=staging      for promote: the overlay whose version it is to run

Nx prints lines of its own: to pipe an overlay, use kubectl kustomize.`;
}

/** @returns undefined when help is asked for
 *  @throws Fault naming an operation, an option or an overlay that there is not */
export function parseOptions(args: string[]): DeployOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [operation = '', ...more] = positionals;
  if (more.length > 0) throw new Fault(`What is ${more.join(' ')}? ${OPTIONS}`);
  if (!isOperation(operation))
    throw new Fault(`There is no operation ${operation}: there are ${Object.keys(OPERATIONS).join(', ')}`);
  return {
    operation,
    overlay: existing(values.overlay, operation),
    workload: values.workload,
    localPort: portIn(values['local-port']),
    level: values.level,
    seconds: values.seconds,
    ...releaseIn(values, operation),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        overlay: { type: 'string' },
        workload: { type: 'string', default: 'api-server' },
        'local-port': { type: 'string', default: '3000' },
        level: { type: 'string' },
        seconds: { type: 'string' },
        release: { type: 'string' },
        from: { type: 'string' },
      },
    });
  } catch (error) {
    throw new Fault(`${(error as Error).message.split('.')[0] ?? ''}. ${OPTIONS}`);
  }
}

function portIn(value: string): string {
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return value;
  throw new Fault(`--local-port must be a port, not ${value}`);
}

function releaseIn({ release, from }: { release?: string; from?: string }, operation: OperationName) {
  if (operation === 'promote' && (release === undefined) === (from === undefined))
    throw new Fault('Which release? Either --release=<version> or --from=<overlay>');
  return { release, from: from === undefined ? undefined : existing(from, operation) };
}

function isOperation(name: string): name is OperationName {
  return Object.hasOwn(OPERATIONS, name);
}

/** Nx leaves out a configuration that it does not know, and then says nothing of it. */
function existing(overlay: string | undefined, operation: string): string {
  const known = foldersIn('overlays');
  if (overlay !== undefined && known.includes(overlay)) return overlay;
  const fault =
    overlay === undefined
      ? 'Which overlay? None was named, or one that there is not.'
      : `There is no overlay ${overlay}.`;
  const example = `npx nx ${operation} deploy --configuration=${known[0] ?? ''}`;
  throw new Fault(`${fault} There are ${known.join(', ')}: ${example}`);
}

export function folderOf(overlay: string): string {
  return `deploy/overlays/${overlay}`;
}
