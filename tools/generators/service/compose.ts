import type { Tree } from '@nx/devkit';
import { Fault } from '../../start/fault';

const FILE = 'compose.yaml';
const END = /^\nvolumes:\n/m;
/** On this machine those up to the queue page's are of the API and the worker. */
const LAST_OF_OTHERS = 3002;

/** An app like the API, or the worker where nobody sends it requests. @throws Fault when compose.yaml has none such */
export function addToCompose(
  tree: Tree,
  name: string,
  { http, port }: { http: boolean; port: number },
): void {
  const text = tree.read(FILE, 'utf8') ?? '';
  const healthcheck = `ready-on-${port}`;
  if (!END.test(text) || !text.includes(`&${healthcheck}\n`))
    throw new Fault(
      `There is no healthcheck ${healthcheck}, or no end of the services, in ${FILE}: put it back`,
    );
  const lines = [
    `  ${name}:`,
    '    <<: *app',
    `    image: ${name}:dev`,
    `    build: { context: ., args: { APP: ${name} } }`,
    ...(http ? [`    ports: ['127.0.0.1:${nextPort(text)}:${port}']`] : []),
    `    healthcheck: *${healthcheck}`,
  ];
  tree.write(
    FILE,
    text.replace(END, (end) => `\n${lines.join('\n')}\n${end}`),
  );
}

function nextPort(text: string): number {
  const taken = Array.from(text.matchAll(/'127\.0\.0\.1:(3\d{3}):/g), ([, port]) => Number(port));
  return Math.max(LAST_OF_OTHERS, ...taken) + 1;
}
