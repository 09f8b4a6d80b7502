const BLOCK =
  /^[ \t]*(?:#|\/\/|<!--) example(?: -->)?\n[\s\S]*?^[ \t]*(?:#|\/\/|<!--) \/example(?: -->)?(?:\n|$)/gm;
const WITHIN_A_LINE = /<!-- example -->[\s\S]*?<!-- \/example -->/g;

/**
 * A text without what is marked as the example's: between `example` and `/example`, each in a comment of its own line, or in
 * Markdown anywhere. In a table the first mark ends the row before.
 */
export function withoutMarked(text: string): string {
  const rest = text.replace(BLOCK, '').replace(WITHIN_A_LINE, '');
  return rest === text ? text : rest.replace(/\n{3,}/g, '\n\n').replace(/\n+$/, '\n');
}
