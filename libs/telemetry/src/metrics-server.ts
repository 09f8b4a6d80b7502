import { Lifecycle } from '@kubernest/lifecycle';
import { Logger, OnApplicationBootstrap } from '@nestjs/common';
import { once } from 'node:events';
import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Metrics } from './metrics';

/** For a scrape under way at the end; a client that sends nothing is not waited for longer. */
const LAST_SCRAPE_MS = 300;

/** Serves GET /metrics on a port of its own, until everything else has closed. */
export class MetricsServer implements OnApplicationBootstrap {
  private readonly logger = new Logger('MetricsServer');
  private readonly server: Server;

  constructor(
    private readonly metrics: Metrics,
    private readonly address: { host: string; port: number },
    lifecycle: Lifecycle,
  ) {
    this.server = createServer((request, response) => void this.answer(request, response));
    lifecycle.onClose('telemetry', 'metrics', () => this.close());
  }

  /** @throws Error when the port is taken */
  async onApplicationBootstrap(): Promise<void> {
    const { host, port } = this.address;
    this.server.listen(port, host);
    await once(this.server, 'listening').catch((cause: unknown) => {
      throw new Error(`/metrics cannot listen on port ${port}: stop what uses it, or set METRICS_PORT`, {
        cause,
      });
    });
    this.logger.debug({ msg: 'metrics served', address: this.server.address() });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    try {
      const body = await this.metrics.scrape();
      response.writeHead(200, { 'content-type': this.metrics.registry.contentType }).end(body);
    } catch (error) {
      this.logger.error({ msg: 'metrics could not be collected', err: error });
      response.writeHead(500).end();
    }
  }

  private async close(): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    const scrapeCut = setTimeout(() => this.server.closeAllConnections(), LAST_SCRAPE_MS);
    await once(this.server, 'close');
    clearTimeout(scrapeCut);
  }
}
