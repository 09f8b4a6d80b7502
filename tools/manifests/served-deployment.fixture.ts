import { freePort, scratchFolder } from '@kubernest/testing';
import { join, resolve } from 'node:path';
import { Program } from '../bench/program';
import { environmentOf } from './container-environment';
import { numberOf, OwnContainer, ownContainers } from './processes';
import type { Rendered } from './rendered';
import { portNumber } from './rules/ports';

const workspace = resolve(__dirname, '../..');
const START_TIMEOUT_MS = 20_000;
/** Long enough to ask all probes while it drains. */
export const DRAIN_MS = 4_000;

/** In place of what only a cluster has: data stores, secrets. */
export type Overrides = Readonly<Record<string, string>>;

/** The process of a Deployment's container, started as built, with the container's own environment. */
export class ServedDeployment {
  private constructor(
    readonly own: OwnContainer,
    private readonly program: Program,
    /** The free port here for each port that the container would listen on. */
    private readonly portsHere: ReadonlyMap<number, number>,
  ) {}

  static async start(rendered: Rendered, name: string, overrides: Overrides): Promise<ServedDeployment> {
    const own = ownContainers(rendered.objects).find(
      ({ workload: { object } }) => object.kind === 'Deployment' && object.metadata.name === name,
    );
    if (!own) throw new Error(`There is no Deployment ${name} of ours`);
    const [port, metricsPort] = [await freePort(), await freePort()];
    const program = await Program.start({
      args: [join(workspace, 'dist/apps', own.process, 'main.js'), ...(own.container.args ?? [])],
      env: { ...given(own, rendered), ...overrides, PORT: String(port), METRICS_PORT: String(metricsPort) },
      logFile: join(scratchFolder(), 'log'),
    });
    const portsHere = new Map([
      [numberOf(own, rendered, 'PORT') ?? 0, port],
      [numberOf(own, rendered, 'METRICS_PORT') ?? 0, metricsPort],
    ]);
    return new ServedDeployment(own, program, portsHere);
  }

  /** Rejects when the process ends, or takes too long, before its readiness probe has been answered with 200. */
  ready(): Promise<void> {
    const isReady = async () => (await this.ask('readinessProbe')).status === 200;
    return this.program.until('readiness', START_TIMEOUT_MS, isReady);
  }

  /** Where the kubelet, a Service or Prometheus would reach a port of the container, by number or name. */
  url(port: string | number | undefined): string {
    const number = portNumber(this.own.container, port);
    const here = this.portsHere.get(number ?? -1);
    if (here === undefined) throw new Error(`The process does not listen on port ${String(port)}`);
    return `http://127.0.0.1:${here}`;
  }

  /** What the process logged that it serves. */
  get loggedUrl(): string | undefined {
    const line = this.program.output.split('\n').find((each) => each.includes('"msg":"started"'));
    return line === undefined ? undefined : (JSON.parse(line) as { url?: string }).url;
  }

  /** As the kubelet asks. A process that does not answer has status 0. */
  async ask(
    probe: 'startupProbe' | 'readinessProbe' | 'livenessProbe',
  ): Promise<{ status: number; body: unknown }> {
    const { httpGet, timeoutSeconds = 1 } = this.own.container[probe] ?? {};
    try {
      const response = await fetch(`${this.url(httpGet?.port)}${httpGet?.path ?? ''}`, {
        headers: { connection: 'close' },
        signal: AbortSignal.timeout(timeoutSeconds * 1000),
      });
      return { status: response.status, body: await response.json() };
    } catch (error) {
      return { status: 0, body: String(error) };
    }
  }

  /** SIGTERM; resolves once it is gone. */
  stop(): Promise<void> {
    return this.program.stop();
  }
}

function given(own: OwnContainer, rendered: Rendered): NodeJS.ProcessEnv {
  const { settings } = environmentOf(own, rendered);
  const local = { HOST: '127.0.0.1', SHUTDOWN_DRAIN_MS: String(DRAIN_MS) };
  return { ...Object.fromEntries(settings.map(({ name, value }) => [name, value])), ...local };
}
