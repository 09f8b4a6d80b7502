import type { Redis } from 'ioredis';

/** Of ioredis 5.11.1, not in its types. */
interface Internals {
  socketTimeoutTimer: NodeJS.Timeout | undefined;
  manuallyClosing: boolean;
  setStatus(status: 'end'): void;
  flushQueue(error: Error): void;
}

/** Two faults of ioredis 5.11.1 that outages bring out, in a client and in its duplicates, which BullMQ makes. */
export function mend(redis: Redis): void {
  forgetSilenceOnClose(redis);
  endBetweenTries(redis);
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (override) => {
    const copy = duplicate(override);
    mend(copy);
    return copy;
  };
}

/** Else the silence of a connection that closed would end the next one too (redis/ioredis#2147). */
function forgetSilenceOnClose(redis: Redis): void {
  const internals = redis as unknown as Internals;
  redis.on('close', () => {
    clearTimeout(internals.socketTimeoutTimer);
    internals.socketTimeoutTimer = undefined;
  });
}

/** Else a client that is told to disconnect between two tries never ends, nor does what waits for it (redis/ioredis#2169). */
function endBetweenTries(redis: Redis): void {
  const internals = redis as unknown as Internals;
  const disconnect = redis.disconnect.bind(redis);
  redis.disconnect = (reconnect = false) => {
    const between = redis.status === 'reconnecting';
    disconnect(reconnect);
    if (reconnect || !between) return;
    internals.manuallyClosing = false;
    internals.setStatus('end');
    internals.flushQueue(new Error('Connection is closed.'));
  };
}
