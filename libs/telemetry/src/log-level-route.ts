import { sendProblem } from '@kubernest/lifecycle';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { logLevel } from './log-level';
import { LOG_LEVELS } from './variables';

const BODY_MAX_BYTES = 1024;
const DEFAULT_SECONDS = 900;
const MAX_SECONDS = 86_400;

/**
 * The pod's own loopback interface, where kubectl port-forward comes from, and so only who may use that. Not all of 127.0.0.0/8: a mesh's
 * proxy hands on what others send from 127.0.0.6. The last is the first as a socket for both families writes it.
 */
const LOOPBACK = new Set<string | undefined>(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

const wishSchema = z.strictObject({
  level: z.enum(LOG_LEVELS),
  seconds: z.int().min(1).max(MAX_SECONDS).default(DEFAULT_SECONDS),
});

/** GET shows the level of the log; PUT changes it for some time, after which the configured one returns by itself. */
export async function answerLogLevel(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!LOOPBACK.has(request.socket.remoteAddress)) {
    sendProblem(response, NOT_FROM_HERE);
    return;
  }
  if (request.method === 'PUT') {
    const body = await readBody(request);
    if (body === undefined) {
      sendProblem(response, TOO_LARGE, { connection: 'close' });
      return;
    }
    const wish = wishSchema.safeParse(parse(body));
    if (!wish.success) {
      sendProblem(response, { ...INVALID, errors: faultsOf(wish.error) });
      return;
    }
    logLevel.set(wish.data.level, wish.data.seconds);
  } else if (request.method !== 'GET') {
    sendProblem(response, NO_SUCH_METHOD, { allow: 'GET, PUT' });
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(logLevel.view));
}

const NOT_FROM_HERE = {
  status: 403,
  code: 'forbidden',
  detail: 'Only through kubectl port-forward: see docs/operations.md.',
};
const TOO_LARGE = { status: 413, code: 'body-too-large', detail: 'The body is too large.' };
const NO_SUCH_METHOD = { status: 405, code: 'method-not-allowed', detail: 'Use GET, or PUT.' };
const INVALID = {
  status: 400,
  code: 'invalid-input',
  detail: 'Send {"level": "debug", "seconds": 900}; without seconds it is that long.',
};

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function faultsOf({ issues }: z.ZodError) {
  return issues.map(({ path, message }) => ({
    pointer: path.map((step) => `/${String(step)}`).join(''),
    detail: message,
  }));
}
