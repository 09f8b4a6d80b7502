import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Lifecycle } from './lifecycle';

/**
 * Knows the requests in flight, and closes their connections kindly during the drain: every response that is sent from
 * then on carries `Connection: close` (RFC 9112, 9.6), so that no client reuses a connection that is about to go away.
 */
export class OpenRequests {
  private readonly open = new Map<FastifyRequest, FastifyReply>();

  constructor(private readonly lifecycle: Lifecycle) {
    lifecycle.reportOpenWork(() => Array.from(this.open.values(), describe));
    lifecycle.onDrain('http', () => {
      for (const reply of this.open.values()) announceClose(reply);
      return Promise.resolve();
    });
  }

  track(server: FastifyInstance): void {
    server.addHook('onRequest', (request, reply, done) => {
      this.open.set(request, reply);
      if (this.lifecycle.state !== 'ready') announceClose(reply);
      done();
    });
    server.addHook('onResponse', (request, _reply, done) => {
      this.open.delete(request);
      done();
    });
    server.addHook('onRequestAbort', (request, done) => {
      this.open.delete(request);
      done();
    });
  }
}

function describe(reply: FastifyReply): string {
  const { id, method, routeOptions } = reply.request;
  return `request ${id} ${method} ${routeOptions.url ?? 'unknown route'}, open for ${Math.round(reply.elapsedTime)} ms`;
}

function announceClose(reply: FastifyReply): void {
  if (!reply.raw.headersSent) void reply.header('connection', 'close');
}
