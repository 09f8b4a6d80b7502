import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { freePort, portIsFree } from '../free-port';
import { takeFolder } from '../owner';
import { launch, type RunningServer } from '../server-process';
import { findRedis } from './redis-program';

export interface RedisOptions {
  /** Where data is kept; the server's log goes to `<dir>.log`. */
  dir: string;
  /** A free one when left out. */
  port?: number;
  /** True keeps the data for the next start. */
  persistent?: boolean;
  onProgress?: (text: string) => void;
}

const STOP_SIGNAL = 'SIGTERM';
const PING_TIMEOUT_MS = 500;

/**
 * Starts Redis or Valkey on 127.0.0.1 only, getting the program first where the machine has none.
 *
 * @throws Error when the port is taken, when no program can be had (saying what to type), or with the end of the log
 */
export async function startRedis(options: RedisOptions): Promise<RunningServer> {
  const { dir, persistent = false, onProgress = () => undefined } = options;
  if (options.port !== undefined && !(await portIsFree(options.port))) {
    throw new Error(
      `Port ${options.port} for Redis is taken: stop what listens there, or choose another port`,
    );
  }
  mkdirSync(dir, { recursive: true });
  const folder = await takeFolder(dir, STOP_SIGNAL);
  try {
    const program = await findRedis(onProgress);
    onProgress('Starting Redis');
    const port = options.port ?? (await freePort());
    const server = await launch({
      name: 'Redis',
      ...program.command({ dir, port, persistent }),
      stopSignal: STOP_SIGNAL,
      logFile: `${dir}.log`,
      ready: () => answersPing(port),
    });
    folder.servedBy(server.pid);
    const url = `redis://127.0.0.1:${port}`;
    return { url, port, pid: server.pid, stop: () => server.stop().finally(folder.giveBack) };
  } catch (error) {
    folder.giveBack();
    throw error;
  }
}

/** False also while the server still loads its data. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'));
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PING_TIMEOUT_MS, () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('data', (answer) => settle(answer.toString().startsWith('+PONG')));
  });
}
