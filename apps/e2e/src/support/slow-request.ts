import { once } from 'node:events';
import { ClientRequest, IncomingMessage, request } from 'node:http';

/** A request whose body arrives as slowly as the test wants: the app cannot answer before `finish`. */
export class SlowRequest {
  private readonly request: ClientRequest;
  private readonly response: Promise<IncomingMessage>;
  private readonly body: string;

  private constructor(url: string, body: object) {
    this.body = JSON.stringify(body);
    this.request = request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(this.body) },
    });
    this.response = once(this.request, 'response').then(([response]) => response as IncomingMessage);
    this.response.catch(() => undefined);
  }

  /** Sends the head and the first byte of the body. */
  static async begin(url: string, body: object): Promise<SlowRequest> {
    const slow = new SlowRequest(url, body);
    slow.request.write(slow.body.slice(0, 1));
    await once(slow.request, 'socket');
    return slow;
  }

  /** Sends the rest. */
  async finish(): Promise<IncomingMessage> {
    this.request.end(this.body.slice(1));
    const response = await this.response;
    response.resume();
    return response;
  }

  /** Resolves with the error that the connection ended with. */
  async cut(): Promise<unknown> {
    return this.response.then(
      () => undefined,
      (error: unknown) => error,
    );
  }
}
