import { once } from 'node:events';
import { connect, Socket } from 'node:net';
import { HttpAnswer, readAnswer } from './http-answer';

/** Generous for a busy machine, and far below what anybody would wait: past it a request hangs. */
export const DEADLINE_MS = 10_000;

/** The Host field of what is written by hand. */
export const HOST = 'Host: x\r\n';

/** A request with this body, byte for byte. @param fields lines of the head, beside Host and Content-Length */
export function post(
  path: string,
  body: string | Uint8Array,
  fields = 'Content-Type: application/json\r\n',
): Buffer {
  const bytes = Buffer.from(body);
  const head = `POST ${path} HTTP/1.1\r\n${HOST}${fields}Content-Length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}

/** A TCP connection to an app, for what no HTTP client would send. */
export class RawConnection {
  private received: Buffer = Buffer.alloc(0);
  private ended = false;
  private wake: () => void = () => undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (bytes: Buffer) => {
      this.received = this.received.length > 0 ? Buffer.concat([this.received, bytes]) : bytes;
      this.wake();
    });
    socket.on('error', () => undefined);
    socket.once('end', () => {
      this.close();
      socket.end();
    });
    socket.once('close', () => this.close());
  }

  static async open(port: number): Promise<RawConnection> {
    // Half-open, so that a test decides itself when to close its side.
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  /** Whether the server has closed it. */
  get closed(): boolean {
    return this.ended;
  }

  /** What came and was not taken by `answer`. */
  get unread(): string {
    return this.received.toString('latin1');
  }

  /** Texts are sent as Latin-1: one byte a character. */
  send(bytes: string | Uint8Array): void {
    if (this.socket.writable)
      this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Says that nothing more will be sent, and goes on reading. */
  finish(): void {
    this.socket.end();
  }

  /** Reads nothing any more, so that the server's buffers fill. */
  stall(): void {
    this.socket.pause();
  }

  /** Cut off, as by a client that died. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /**
   * The next answer.
   *
   * @throws Error when there is none before the deadline, or the server closes without one
   */
  async answer(method = 'GET', deadlineMs = DEADLINE_MS): Promise<HttpAnswer> {
    const deadlineAt = performance.now() + deadlineMs;
    for (;;) {
      const read = readAnswer(this.received, method, this.ended);
      if (read) {
        this.received = this.received.subarray(read.length);
        return read.answer;
      }
      if (this.ended) throw new Error(`closed without an answer; it had sent ${JSON.stringify(this.unread)}`);
      await this.news(deadlineAt, 'an answer');
    }
  }

  /** Resolves once the server has closed. */
  async untilClosed(deadlineMs = DEADLINE_MS): Promise<void> {
    const deadlineAt = performance.now() + deadlineMs;
    while (!this.ended) await this.news(deadlineAt, 'the server to close the connection');
  }

  private close(): void {
    this.ended = true;
    this.wake();
  }

  private news(deadlineAt: number, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`waited in vain for ${what}; it had sent ${JSON.stringify(this.unread)}`)),
        deadlineAt - performance.now(),
      );
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Sends these bytes on a connection of their own, and returns the first answer. */
export async function exchange(
  port: number,
  bytes: string | Uint8Array,
  method = 'GET',
): Promise<HttpAnswer> {
  const connection = await RawConnection.open(port);
  try {
    connection.send(bytes);
    return await connection.answer(method);
  } finally {
    connection.reset();
  }
}
