import { Fault } from '../../start/fault';

/** One name in every spelling that code, tables and variables need. */
export interface Name {
  /** `unpaid-invoices` */
  kebab: string;
  /** `unpaidInvoices` */
  camel: string;
  /** `UnpaidInvoices` */
  pascal: string;
  /** `unpaid_invoices` */
  snake: string;
  /** `UNPAID_INVOICES` */
  constant: string;
  /** `unpaid invoices` */
  words: string;
}

const KEBAB_CASE = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
/** Postgres cuts identifiers after 63 bytes, and those of constraints are longer than the name. */
const LONGEST = 40;

/** What generated code calls by these names, and what decorators look up. */
const NAMES_OF_OTHERS =
  /^(Array|Boolean|Column|Database|Date|Entity|Function|Inject|Injectable|JobProcessor|Logger|Map|Module|NotFoundError|Number|Object|PrimaryColumn|Promise|Set|String|Symbol|TestApp)$/;

/** @throws Fault when it is not in kebab-case, or too long */
export function parseName(text: string): Name {
  if (!KEBAB_CASE.test(text) || text.length > LONGEST)
    throw new Fault(
      `"${text}" is not a name: small letters and digits, parts joined by "-", at most ${LONGEST} characters, such as unpaid-invoices`,
    );
  const parts = text.split('-');
  const pascal = parts.map(capitalised).join('');
  return {
    kebab: text,
    camel: pascal.charAt(0).toLowerCase() + pascal.slice(1),
    pascal,
    snake: parts.join('_'),
    constant: parts.join('_').toUpperCase(),
    words: parts.join(' '),
  };
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** @throws Fault when a class of that name would hide one that the code beside it needs */
export function checkClassName({ kebab, pascal }: Name): void {
  if (NAMES_OF_OTHERS.test(pascal))
    throw new Fault(
      `"${kebab}" would be a class ${pascal}, which is the name of something else: choose another one`,
    );
}
