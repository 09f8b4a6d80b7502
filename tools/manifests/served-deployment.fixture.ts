import { freePort } from '@kubernest/testing';
import { mkdtempSync } from 'node:fs';
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

  static async start(
    rendered: Rendered,
    name: string,
    overrides: Overrides,
    scratch: string,
  ): Promise<ServedDeployment> {
    const own = ownContainers(rendered.objects).find(
      ({ workload: { object } }) => object.kind === 'Deployment' && object.metadata.name === name,
    );
    if (!own) throw new Error(`There is no Deployment ${name} of ours`);
    const given = environmentOf(own, rendered).settings.map(({ name, value }) => [name, value] as const);
    const [port, metricsPort] = [await freePort(), await freePort()];
    const here = { HOST: '127.0.0.1', PORT: String(port), METRICS_PORT: String(metricsPort) };
    const program = await Program.start({
      args: [join(workspace, 'dist/apps', own.process, 'main.js'), ...(own.container.args ?? [])],
      env: { ...Object.fromEntries(given), SHUTDOWN_DRAIN_MS: String(DRAIN_MS), ...overrides, ...here },
      logFile: join(mkdtempSync(join(scratch, 'served-')), 'log'),
    });
    const served = new ServedDeployment(
      own,
      program,
      new Map([
        [numberOf(own, rendered, 'PORT') ?? 0, port],
        [numberOf(own, rendered, 'METRICS_PORT') ?? 0, metricsPort],
      ]),
    );
    await program.until(
      `${name} to be ready`,
      START_TIMEOUT_MS,
      async () => (await served.ask('readinessProbe')).status === 200,
    );
    return served;
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
    return /"msg":"started","url":"([^"]+)"|"url":"([^"]+)"[^}]*"msg":"started"/
      .exec(this.program.output)
      ?.slice(1)
      .find((url) => url !== undefined);
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
