import { Logger } from '@nestjs/common';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

const CHECK_MS = 1_000;

interface Progress {
  /** Bytes that the operating system has taken over. */
  taken: number;
  sinceMs: number;
}

/**
 * Cuts connections of clients that do not read what they asked for: Node itself would keep it in memory for as long as
 * they like. Bytes that wait for `timeoutMs` without any being taken over count as not read.
 */
export function cutStalledReaders(server: Server, timeoutMs: number): void {
  const waiting = new Map<Socket, Progress>();
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      waiting.delete(socket);
    });
  });
  const timer = setInterval(() => {
    for (const socket of sockets) if (isStalled(socket, waiting, timeoutMs)) cut(socket);
  }, CHECK_MS).unref();
  server.once('close', () => clearInterval(timer));
}

function isStalled(socket: Socket, waiting: Map<Socket, Progress>, timeoutMs: number): boolean {
  if (socket.writableLength === 0) {
    waiting.delete(socket);
    return false;
  }
  const taken = socket.bytesWritten - socket.writableLength;
  const before = waiting.get(socket);
  if (before?.taken === taken) return performance.now() - before.sinceMs >= timeoutMs;
  waiting.set(socket, { taken, sinceMs: performance.now() });
  return false;
}

function cut(socket: Socket): void {
  new Logger('Http').debug({ msg: 'cut a client that does not read', unread: socket.writableLength });
  socket.destroy();
}
