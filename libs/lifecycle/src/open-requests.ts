import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Lifecycle } from './lifecycle';

declare module 'fastify' {
  interface FastifyRequest {
    /** Where OpenRequests keeps it, or one of the two below. */
    openSlot: number;
  }
  interface FastifyInstance {
    openRequests?: OpenRequests;
  }
}

const NOT_OPEN = -1;
const ENDED = -2;

/** `abandoned`: its client went before it had the whole answer. `cut`: we ended its connection before that. */
export type RequestEnd = 'answered' | 'abandoned' | 'cut';

/** Not a status of HTTP: what proxies have come to count a request as whose client went before the answer. */
const CLIENT_CLOSED_REQUEST = 499;

type EndListener = (reply: FastifyReply, end: RequestEnd, status: number) => void;

/**
 * Knows the requests in flight, and closes their connections kindly during the drain: every response that is sent from
 * then on carries `Connection: close` (RFC 9112, 9.6), so that no client reuses a connection that is about to go away.
 */
export class OpenRequests {
  /**
   * By slot, which is used again. Not a Map or a Set: each table that V8 has outgrown points to the next one, so that the first to reach
   * the old generation would keep every request since, until that is collected.
   */
  private readonly open: (FastifyReply | undefined)[] = [];
  private readonly freeSlots: number[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly listeners: EndListener[] = [];

  constructor(private readonly lifecycle: Lifecycle) {
    lifecycle.reportOpenWork(() => [...this.replies().map(describe), ...this.incomplete()]);
    lifecycle.onDrain('http', () => {
      for (const reply of this.replies()) announceClose(reply.raw);
    });
  }

  get count(): number {
    return this.open.length - this.freeSlots.length;
  }

  /** Called once for each request, with the status that its client was told, or that says why it was not. */
  onEnd(listener: EndListener): void {
    this.listeners.push(listener);
  }

  /**
   * Counts those on this connection, or on all, as cut; the caller ends their connections.
   *
   * @returns the id of the first one
   */
  cut(status: number, socket?: Socket): string | undefined {
    const under = socket ? this.on(socket) : this.replies();
    for (const reply of under) this.end(reply, 'cut', status);
    return under[0]?.request.id;
  }

  track(fastify: FastifyInstance): void {
    const { server } = fastify;
    fastify.decorate('openRequests', { getter: (): OpenRequests => this });
    server.on('connection', (socket) => this.hold(socket));
    server.prependListener('request', (_request, response) => {
      if (this.lifecycle.state !== 'ready') announceClose(response);
    });
    fastify.decorateRequest('openSlot', NOT_OPEN);
    fastify.addHook('onRequest', (request, reply, done) => {
      request.openSlot = this.freeSlots.pop() ?? this.open.length;
      this.open[request.openSlot] = reply;
      done();
    });
    fastify.addHook('onResponse', (_request, reply, done) => {
      this.end(reply, 'answered', reply.statusCode);
      // A response whose header left before the drain keeps its connection; Node closes idle ones only when told to.
      if (this.lifecycle.state === 'closing') setImmediate(() => server.closeIdleConnections());
      done();
    });
    fastify.addHook('preClose', (done) => {
      // Once the port is closed, so that no later connection escapes.
      setImmediate(() => this.closeSilent());
      done();
    });
  }

  private hold(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => {
      this.sockets.delete(socket);
      // Fastify tells of a client that has gone only while it still had to send something.
      for (const reply of this.on(socket)) this.end(reply, 'abandoned', CLIENT_CLOSED_REQUEST);
    });
  }

  private end(reply: FastifyReply, end: RequestEnd, status: number): void {
    const { request } = reply;
    if (request.openSlot === ENDED) return;
    if (request.openSlot !== NOT_OPEN) {
      this.open[request.openSlot] = undefined;
      this.freeSlots.push(request.openSlot);
    }
    request.openSlot = ENDED;
    for (const listener of this.listeners) listener(reply, end, status);
  }

  private replies(): FastifyReply[] {
    return this.open.filter((reply) => reply !== undefined);
  }

  private on(socket: Socket): FastifyReply[] {
    return this.replies().filter((reply) => reply.request.raw.socket === socket);
  }

  /** A browser or a load balancer opens connections ahead of need. Node takes one without a byte for a request under way. */
  private closeSilent(): void {
    for (const socket of this.sockets) if (socket.bytesRead === 0) socket.destroy();
  }

  /** What still holds the server open and is no request yet. */
  private incomplete(): string[] {
    if (this.lifecycle.state !== 'closing') return [];
    const busy = new Set(this.replies().map(({ request }) => request.raw.socket));
    const count = [...this.sockets].filter((socket) => !busy.has(socket)).length;
    return count > 0 ? [`${count} connections without a whole request`] : [];
  }
}

function describe(reply: FastifyReply): string {
  const { id, method, routeOptions } = reply.request;
  return `request ${id} ${method} ${routeOptions.url ?? 'unknown route'}, open for ${Math.round(reply.elapsedTime)} ms`;
}

function announceClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}
