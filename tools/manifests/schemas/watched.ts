/** A copy of an object that remembers which of its fields were asked for, at every depth. */
export interface Watched {
  copy: unknown;
  /** Paths of the fields that nobody has asked for, as `/spec/containers/0/imag`. */
  neverAsked(): string[];
}

interface Watch {
  path: string;
  fields: string[];
  asked: Set<string>;
}

/**
 * How unknown fields are found: a generated validator asks for every field that its schema has, present or not, and for
 * every entry of a map, so a field that it never asks for is one that it does not know. An object of which it asks for
 * nothing at all may hold anything.
 */
export function watch(object: unknown): Watched {
  const watches: Watch[] = [];
  const copy = copyOf(object, '', watches);
  return {
    copy,
    neverAsked: () =>
      watches
        .filter(({ asked }) => asked.size > 0)
        .flatMap(({ path, fields, asked }) =>
          fields.filter((field) => !asked.has(field)).map((field) => `${path}/${field}`),
        ),
  };
}

function copyOf(value: unknown, path: string, watches: Watch[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value))
    return (value as unknown[]).map((item, index) => copyOf(item, `${path}/${index}`, watches));
  const fields = Object.entries(value);
  const asked = new Set<string>();
  watches.push({ path, fields: fields.map(([name]) => name), asked });
  const copy = Object.fromEntries(
    fields.map(([name, field]) => [name, copyOf(field, `${path}/${name}`, watches)]),
  );
  return new Proxy(copy, {
    get: (target, name) => {
      if (typeof name === 'string') asked.add(name);
      return Reflect.get(target, name) as unknown;
    },
  });
}
