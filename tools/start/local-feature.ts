import { localSessions } from './sessions';

/** What a feature adds to a start. */
export interface LocalFeature {
  /** What its variables are unless the developer sets them; those that are required have a value already. */
  settings: Record<string, string>;
  /** A command line to try it with. @param url of the API */
  toTry: (url: string) => string;
}

export const features: LocalFeature[] = [localSessions];
