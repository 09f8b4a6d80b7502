/** The part that is used here; the package has no types of its own. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events';

  interface Client {
    setHeaders(headers: Record<string, string>): void;
  }

  interface Options {
    url: string;
    connections: number;
    /** Seconds. */
    duration: number;
    /** Milliseconds between two samples; a run ends with one. */
    sampleInt: number;
    setupClient(client: Client): void;
  }

  export default function autocannon(options: Options, done: (error: Error | null) => void): EventEmitter;
}
