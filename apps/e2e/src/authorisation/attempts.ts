import type { AccountClient, SignedIn } from '../sessions/account-client';

/** One way in which Ann, signed in, could touch or see what is Ben's. A word such as <BEN> stands for what is known of him. */
export interface Attempt {
  what: string;
  path: string;
  body?: object;
  /** What Ann is told; what is not in it may be told to anybody. */
  status: number;
  /** What her answer must hold, beside nothing of Ben. */
  holds?: object;
}

export interface Stage {
  client: AccountClient;
  ann: SignedIn;
  ben: SignedIn;
}

/** Of the routes of one feature. */
export interface Attempts {
  /** Makes what Ben has, and gives it the words that stand for it; beside <ANN> and <BEN>, the sessions of the two. */
  words?: (stage: Stage) => Promise<Record<string, string>>;
  /** The routes that need no session. */
  open: string[];
  /** By the name of a route. */
  routes: Record<string, Attempt[]>;
}

export function attempt(
  what: string,
  path: string,
  status: number,
  rest: Pick<Attempt, 'body' | 'holds'> = {},
): Attempt {
  return { what, path, status, ...rest };
}

/** The same with what the words stand for. @throws Error naming a word that stands for nothing */
export function spelledOut(given: Attempt, words: Readonly<Record<string, string>>): Attempt {
  const text = JSON.stringify(given).replaceAll(/<([A-Z][A-Z0-9_]*)>/g, (_, word: string) => {
    const meaning = words[word];
    if (meaning === undefined) throw new Error(`<${word}> stands for nothing`);
    return meaning;
  });
  return JSON.parse(text) as Attempt;
}
