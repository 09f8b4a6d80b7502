import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

export interface Matcher {
  label: string;
  /** `=`, `!=`, `=~` or `!~` */
  operator: string;
  value: string;
}

export interface Selector {
  metric: string;
  matchers: Matcher[];
}

/** A query as Prometheus' own grammar reads it. */
export class Query {
  readonly root: SyntaxNode;

  /** @throws Error that quotes the query, when it cannot be parsed */
  constructor(readonly text: string) {
    const tree = parser.parse(text);
    tree.iterate({
      enter: ({ type, from }) => {
        if (type.isError) throw new Error(`This is no PromQL from "${text.slice(from)}" on: ${text}`);
      },
    });
    if (!tree.topNode.firstChild) throw new Error('An empty query');
    this.root = tree.topNode.firstChild;
  }

  textOf({ from, to }: SyntaxNode): string {
    return this.text.slice(from, to);
  }

  /** Every selector of series, in the order of the text. */
  selectors(): Selector[] {
    return descendants(this.root, 'VectorSelector').map((node) => this.selector(node));
  }

  selector(node: SyntaxNode): Selector {
    const name = node.getChild('Identifier');
    if (!name) throw new Error(`Name the metric in front of the braces: ${this.textOf(node)}`);
    const matchers = descendants(node, 'UnquotedLabelMatcher').map((matcher) => ({
      label: this.textOf(only(matcher, 'LabelName')),
      operator: this.textOf(only(matcher, 'MatchOp')),
      value: this.unquoted(only(matcher, 'StringLiteral')),
    }));
    return { metric: this.textOf(name), matchers };
  }

  unquoted(node: SyntaxNode): string {
    return this.textOf(node).slice(1, -1).replaceAll('\\\\', '\\');
  }

  /** The names in `by (...)`, `on (...)` and the like. */
  names(grouping: SyntaxNode | null | undefined): string[] {
    return (grouping?.getChildren('LabelName') ?? []).map((name) => this.textOf(name));
  }
}

export function childrenOf(node: SyntaxNode | null): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node?.firstChild ?? null; child; child = child.nextSibling) children.push(child);
  return children;
}

function descendants(node: SyntaxNode, name: string): SyntaxNode[] {
  if (node.name === name) return [node];
  return childrenOf(node).flatMap((child) => descendants(child, name));
}

function only(node: SyntaxNode, name: string): SyntaxNode {
  const child = node.getChild(name);
  if (!child) throw new Error(`${node.name} without ${name}`);
  return child;
}
