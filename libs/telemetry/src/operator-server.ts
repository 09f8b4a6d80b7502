import { Lifecycle, sendProblem } from '@kubernest/lifecycle';
import { Logger, OnApplicationBootstrap } from '@nestjs/common';
import { once } from 'node:events';
import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import { answerLogLevel } from './log-level-route';
import type { Metrics } from './metrics';

/** For a scrape under way at the end; a client that sends nothing is not waited for longer. */
const LAST_SCRAPE_MS = 300;

const NO_SUCH_ROUTE = {
  status: 404,
  code: 'no-such-route',
  detail: 'There are /metrics and /log-level.',
};
const NOT_MEASURED = { status: 404, code: 'no-such-route', detail: 'METRICS_ENABLED is false.' };
const NO_SUCH_METHOD = { status: 405, code: 'method-not-allowed', detail: 'Use GET.' };
const FAILED = { status: 500, code: 'internal-error', detail: 'Metrics could not be collected.' };

/** Serves operators on a port of their own, until everything else has closed: /metrics and /log-level. */
export class OperatorServer implements OnApplicationBootstrap {
  private readonly logger = new Logger('OperatorServer');
  private readonly server: Server;

  constructor(
    private readonly metrics: Metrics,
    private readonly address: { host: string; port: number },
    lifecycle: Lifecycle,
  ) {
    this.server = createServer((request, response) => void this.serve(request, response));
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
    this.logger.debug({ msg: 'operators are served', address: this.server.address() });
  }

  /** One whose client goes in the middle of its body is nobody's fault. */
  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.answer(request, response);
    } catch (error) {
      this.logger.debug({ msg: 'a client of the operators’ port has gone', err: error });
      response.destroy();
    }
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (request.url?.split('?')[0]) {
      case '/metrics':
        return this.answerMetrics(request, response);
      case '/log-level':
        return answerLogLevel(request, response);
      default: {
        sendProblem(response, NO_SUCH_ROUTE);
        return;
      }
    }
  }

  private async answerMetrics(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.metrics.enabled) {
      sendProblem(response, NOT_MEASURED);
      return;
    }
    if (request.method !== 'GET') {
      sendProblem(response, NO_SUCH_METHOD, { allow: 'GET' });
      return;
    }
    try {
      const body = await this.metrics.scrape();
      response.writeHead(200, { 'content-type': this.metrics.registry.contentType }).end(body);
    } catch (error) {
      this.logger.error({ msg: 'metrics could not be collected', err: error });
      sendProblem(response, FAILED);
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
