import { basename, dirname } from 'node:path';

const COMMANDS = [
  'render',
  'validate',
  'promote',
  'diff',
  'apply',
  'status',
  'rollback',
  'logs',
  'log-level',
  'port-forward',
];

/** Nx plugin: every folder of deploy/overlays is a configuration of every operation of the project `deploy`. */
export const createNodesV2 = [
  'deploy/overlays/*/kustomization.yaml',
  (files) => {
    const overlays = files.map((file) => basename(dirname(file))).sort();
    const configurations = Object.fromEntries(overlays.map((overlay) => [overlay, { overlay }]));
    const targets = Object.fromEntries(COMMANDS.map((command) => [command, target(command, configurations)]));
    return [[files[0], { projects: { deploy: { targets } } }]];
  },
];

function target(command, configurations) {
  return {
    executor: 'nx:run-commands',
    options: { command: `node --import tsx tools/deploy/main.ts ${command}` },
    configurations,
  };
}
