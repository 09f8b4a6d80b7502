import { KubernetesObject, nameOf } from './objects';

/** What is wrong with a rendered object. */
export interface Fault {
  /** As `nameOf` gives it. */
  object: string;
  /** Of the field, from the object's root; empty when the object as a whole is meant. */
  path: string;
  /** What is wrong, and what to do. */
  message: string;
}

export function fault(object: KubernetesObject, path: string, message: string): Fault {
  return { object: nameOf(object), path, message };
}

export function inWords({ object, path, message }: Fault): string {
  return path === '' ? `${object}: ${message}` : `${object}: ${path}: ${message}`;
}
