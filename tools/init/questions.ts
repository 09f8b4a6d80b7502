import { createInterface, type Interface } from 'node:readline/promises';
import type { Fact, Values } from './facts';

/** A person at the terminal. An empty answer takes what stands in brackets. */
export class Questions {
  private readonly terminal: Interface = createInterface({ input: process.stdin, output: process.stdout });

  /** Asks again until the answer will do. */
  async values(known: readonly Fact[]): Promise<Values> {
    const values: Record<string, string> = {};
    for (const { option, about, current, faultOf } of known) {
      for (let fault: string | undefined = ''; fault !== undefined;) {
        const answer = await this.terminal.question(`${option}, ${about} [${current}]: `);
        values[option] = answer.trim() || current;
        fault = faultOf(values[option]);
        if (fault !== undefined) console.log(`  ${JSON.stringify(values[option])} ${fault}`);
      }
    }
    return values;
  }

  async agreed(question: string): Promise<boolean> {
    return /^(y|yes)?$/i.test((await this.terminal.question(`${question} [yes]: `)).trim());
  }

  close(): void {
    this.terminal.close();
  }
}
