import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Program } from './program';

/** The shortest that a timer of Node can wait. */
const RETRY_MS = 1;
const TIMEOUT_MS = 30_000;

/**
 * Milliseconds from the start of the program to its first 200 on this port of 127.0.0.1.
 *
 * @throws Error with the end of its output when the program ends instead, or does not answer within half a minute
 */
export async function firstAnswerMs(program: Program, port: number, path: string): Promise<number> {
  while (!(await answers200(port, path))) {
    const waitedMs = performance.now() - program.startedAtMs;
    if (program.ended || waitedMs > TIMEOUT_MS)
      throw new Error(
        `No 200 from ${path} on port ${port} in ${Math.round(waitedMs)} ms:\n${program.output}`,
      );
    await wait(RETRY_MS);
  }
  return performance.now() - program.startedAtMs;
}

/** By a bare socket: an HTTP client would add its own start to the first measurement. */
function answers200(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`),
    );
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
    socket.once('data', (data) => settle(data.toString('latin1').startsWith('HTTP/1.1 200 ')));
  });
}
