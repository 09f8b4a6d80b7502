import type { Variable } from '@kubernest/config';

export interface DocumentedVariable {
  name: string;
  about: string;
  /** Type and bounds: reads after "must be". */
  type: string;
  required: boolean;
  secret: boolean;
  minSecretBytes: number | undefined;
  example: string | undefined;
  usedBy: string[];
  /** Each default with the processes that have it; empty when there is none. */
  defaults: { value: string; processes: string[] }[];
}

export interface DocumentedGroup {
  title: string;
  variables: DocumentedVariable[];
}

type Processes = Readonly<Record<string, Readonly<Record<string, Variable>>>>;
type Groups = readonly { title: string; names: readonly string[] }[];

/**
 * What all processes take together, under the headings of the documents.
 *
 * @throws Error when two processes give one name different meanings; only its default may differ
 */
export function documentedGroups(processes: Processes, groups: Groups): DocumentedGroup[] {
  const variables = collect(processes);
  const grouped = groups.map(({ title, names }) => ({ title, variables: take(variables, new Set(names)) }));
  const others = { title: 'Of the apps themselves', variables: [...variables.values()] };
  return [...grouped, others].filter((group) => group.variables.length > 0);
}

function collect(processes: Processes): Map<string, DocumentedVariable> {
  const found = new Map<string, DocumentedVariable>();
  for (const [process, variables] of Object.entries(processes)) {
    for (const [name, variable] of Object.entries(variables)) {
      const documented = found.get(name) ?? describe(name, variable);
      addUse(documented, process, variable);
      found.set(name, documented);
    }
  }
  return found;
}

function describe(name: string, variable: Variable): DocumentedVariable {
  return {
    name,
    about: variable.about,
    type: variable.schema.description ?? '',
    required: !variable.schema.safeParse(variable.default).success,
    secret: variable.secret ?? false,
    minSecretBytes: variable.minSecretBytes,
    example: variable.example,
    usedBy: [],
    defaults: [],
  };
}

function addUse(documented: DocumentedVariable, process: string, variable: Variable): void {
  const { about, type } = describe(documented.name, variable);
  if (about !== documented.about || type !== documented.type)
    throw new Error(`${documented.name} of ${process} is not that of ${documented.usedBy.join(', ')}`);
  documented.usedBy.push(process);
  const { default: value } = variable;
  if (value === undefined) return;
  const known = documented.defaults.find((each) => each.value === value);
  if (known) known.processes.push(process);
  else documented.defaults.push({ value, processes: [process] });
}

function take(variables: Map<string, DocumentedVariable>, names: Set<string>): DocumentedVariable[] {
  const taken = [...variables.values()].filter(({ name }) => names.has(name));
  for (const { name } of taken) variables.delete(name);
  return taken;
}
