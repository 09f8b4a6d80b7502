import { once } from 'node:events';
import { AddressInfo, connect, createServer, Server, Socket } from 'node:net';

/** A network path to a server, for connections that are opened through it: it can be cut, slow, broken, or led elsewhere. */
export class Link {
  private readonly sockets = new Set<Socket>();
  private cutNow = false;
  private delayMs = 0;
  /** Bytes that still get through to a client before its connection breaks. */
  private readonly left = new Map<Socket, number>();

  private constructor(
    private readonly server: Server,
    private target: URL,
  ) {
    server.on('connection', (client) => this.join(client));
  }

  static async to(url: string): Promise<Link> {
    const server = createServer({ pauseOnConnect: true });
    const link = new Link(server, new URL(url));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return link;
  }

  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  /** What is sent from now on is neither delivered nor refused. */
  cut(): void {
    this.cutNow = true;
    for (const socket of this.sockets) socket.pause();
  }

  heal(): void {
    this.cutNow = false;
    for (const socket of this.sockets) socket.resume();
  }

  /** Each way. */
  slowBy(delayMs: number): void {
    this.delayMs = delayMs;
  }

  /** Every connection breaks in the middle of what the server sends next, after so many bytes of it. */
  breakAfter(bytes: number): void {
    for (const socket of this.left.keys()) this.left.set(socket, bytes);
  }

  /** Where new connections go; those that are open stay where they are. */
  leadTo(url: string): void {
    this.target = new URL(url);
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private join(client: Socket): void {
    const server = connect(Number(this.target.port), this.target.hostname);
    this.left.set(client, Infinity);
    this.forward(client, server, (data) => this.deliver(data, server));
    this.forward(server, client, (data) => this.deliverToClient(data, client));
  }

  private forward(from: Socket, to: Socket, deliver: (data: Buffer) => void): void {
    this.sockets.add(from);
    from.on('data', deliver);
    from.on('error', () => undefined);
    from.on('close', () => {
      this.sockets.delete(from);
      this.left.delete(from);
      to.destroy();
    });
    if (this.cutNow) from.pause();
    else from.resume();
  }

  private deliverToClient(data: Buffer, client: Socket): void {
    const left = this.left.get(client) ?? 0;
    if (data.length < left) {
      this.deliver(data, client);
      return;
    }
    client.end(data.subarray(0, left));
    client.destroySoon();
  }

  private deliver(data: Buffer, to: Socket): void {
    if (this.delayMs === 0) to.write(data);
    else setTimeout(() => to.destroyed || to.write(data), this.delayMs);
  }
}
