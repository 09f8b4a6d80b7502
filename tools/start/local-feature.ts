import { localSessions } from './sessions';

/** What a feature adds to a start. */
export interface LocalFeature {
  /** What its variables are unless the developer sets them. @param given whether a variable, or its `_FILE`, is set */
  settings: (given: (name: string) => boolean) => Record<string, string>;
  /** A command line to try it with. @param url of the API */
  toTry: (url: string) => string;
}

export const features: LocalFeature[] = [localSessions];
