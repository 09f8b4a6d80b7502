import { request, type Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Outcome } from './load-plan';

/** Without an answer for this long after its last byte, a request has failed. Not scaled: it bounds real work. */
const ANSWER_TIMEOUT_MS = 15_000;
const PIECES = 20;
/** A server that has closed an idle connection says so within this time of the next request; one that fails later was at work on it. */
const RACE_MS = 100;

export interface Call {
  port: number;
  method: string;
  path: string;
  token?: string | undefined;
  body?: string;
  /** The body is sent in pieces over this time. */
  uploadMs?: number;
  /** Without one, the connection is new and serves only this request. */
  agent?: Agent | undefined;
  expected: number;
}

export interface Answer {
  outcome: Outcome;
  detail?: string;
  body: string;
}

/** One request, tried once. Never rejects. */
export function exchange(call: Call): Promise<Answer> {
  return new Promise((resolve) => {
    const beganAtMs = performance.now();
    const sent = begin(call);
    const patience = setTimeout(
      () => sent.destroy(Object.assign(new Error('no answer'), { code: 'NO_ANSWER' })),
      ANSWER_TIMEOUT_MS + (call.uploadMs ?? 0),
    );
    const settle = (answer: Answer) => {
      clearTimeout(patience);
      resolve(answer);
    };
    sent.once('response', (response) => collect(response, call.expected, settle));
    // More than one may come: of the request, and of its socket while the body is still being written.
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const mayRace = sent.reusedSocket && performance.now() - beganAtMs < RACE_MS;
      settle(failure(error, call.method, mayRace));
    });
    void upload(sent, call);
  });
}

function begin({ port, method, path, token, body, agent }: Call): ClientRequest {
  const headers = {
    ...(agent === undefined && { connection: 'close' }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    }),
  };
  return request({ host: '127.0.0.1', port, method, path, agent: agent ?? false, headers });
}

async function upload(sent: ClientRequest, { body = '', uploadMs = 0 }: Call): Promise<void> {
  if (uploadMs === 0) {
    sent.end(body);
    return;
  }
  const size = Math.ceil(body.length / PIECES);
  for (let start = 0; start < body.length && !sent.destroyed; start += size) {
    sent.write(body.slice(start, start + size));
    await wait(uploadMs / PIECES);
  }
  if (!sent.destroyed) sent.end();
}

function collect(response: IncomingMessage, expected: number, settle: (answer: Answer) => void): void {
  const { statusCode = 0 } = response;
  let body = '';
  response.setEncoding('utf8').on('data', (text: string) => (body += text));
  response.once('error', (error: NodeJS.ErrnoException) =>
    settle({ outcome: 'cut', detail: error.code ?? error.message, body }),
  );
  response.once('end', () => {
    const outcome = statusCode === expected ? 'ok' : statusCode >= 500 ? '5xx' : 'unexpected';
    settle({ outcome, body, ...(outcome !== 'ok' && { detail: `${statusCode} ${body.slice(0, 200)}` }) });
  });
}

/** Nobody may repeat a POST of his own accord: the server may have acted on it (RFC 9110, 9.2.2). */
function failure(error: NodeJS.ErrnoException, method: string, mayRace: boolean): Answer {
  const { code = error.message } = error;
  const answer = (outcome: Outcome): Answer => ({ outcome, detail: code, body: '' });
  if (code === 'NO_ANSWER') return answer('timed out');
  if (code === 'ECONNREFUSED') return answer('refused');
  return answer(mayRace && method !== 'POST' ? 'race' : 'reset');
}
