import type { SyntaxNode } from '@lezer/common';
import type { Catalogue, Series } from './series';
import { childrenOf, Matcher, Query } from './syntax';

/** The labels of a vector; of a scalar there are none to speak of. */
type Labels = ReadonlySet<string> | 'scalar';

export interface Judgement {
  /** What the result can be told apart by. */
  labels: ReadonlySet<string>;
  /** Empty when everything that the query names is there. */
  faults: string[];
}

const SET_OPERATORS = ['And', 'Or', 'Unless'];
const KEEPS_LABELS = ['Topk', 'Bottomk'];
const SCALARS = ['time', 'scalar', 'pi'];

/** Follows the labels of every series through a query, and says what it asks for that is not there. */
export function judge(text: string, catalogue: Catalogue): Judgement {
  const judged = new Judge(new Query(text), catalogue);
  const labels = judged.labelsOf(judged.query.root);
  return { labels: labels === 'scalar' ? new Set() : labels, faults: judged.faults };
}

class Judge {
  readonly faults: string[] = [];

  constructor(
    readonly query: Query,
    private readonly catalogue: Catalogue,
  ) {}

  labelsOf(node: SyntaxNode): Labels {
    switch (node.name) {
      case 'NumberDurationLiteral':
      case 'StringLiteral':
        return 'scalar';
      case 'VectorSelector':
        return this.ofSelector(node);
      case 'AggregateExpr':
        return this.ofAggregate(node);
      case 'FunctionCall':
        return this.ofFunction(node);
      case 'BinaryExpr':
        return this.ofBinary(node);
      case 'UnaryExpr':
        return this.labelsOf(last(childrenOf(node)));
      default:
        // Parentheses, ranges, offsets and subqueries: the expression comes first.
        return node.firstChild ? this.labelsOf(node.firstChild) : 'scalar';
    }
  }

  private ofSelector(node: SyntaxNode): Labels {
    const selector = this.query.selector(node);
    const series = this.catalogue.find(selector);
    if (!series) {
      this.faults.push(`${this.query.textOf(node)}: no process exports ${selector.metric}`);
      return new Set();
    }
    for (const matcher of selector.matchers) this.checkMatcher(selector.metric, matcher, series);
    return new Set(series.labels.keys());
  }

  private checkMatcher(metric: string, { label, operator, value }: Matcher, { type, labels }: Series): void {
    const values = labels.get(label);
    if (!values) this.faults.push(`${metric} has no label ${label}`);
    // A gauge has all its values from the start; others come with events.
    else if (type === 'gauge' && values.size > 0) {
      const fits = operator.includes('~') ? (seen: string) => new RegExp(`^(?:${value})$`).test(seen) : value;
      if (![...values].some((seen) => (typeof fits === 'string' ? seen === fits : fits(seen))))
        this.faults.push(`${metric} has no ${label}="${value}", but ${[...values].join(', ')}`);
    }
  }

  private ofAggregate(node: SyntaxNode): Labels {
    const inner = this.labelsOf(last(childrenOf(node.getChild('FunctionCallBody'))));
    const labels = inner === 'scalar' ? new Set<string>() : inner;
    const modifier = node.getChild('AggregateModifier');
    const names = this.query.names(modifier?.getChild('GroupingLabels'));
    this.checkNames(names, labels, node);
    if (KEEPS_LABELS.includes(node.getChild('AggregateOp')?.firstChild?.name ?? '')) return labels;
    return modifier?.getChild('Without') ? without(labels, names) : new Set(names);
  }

  private ofFunction(node: SyntaxNode): Labels {
    const name = this.query.textOf(childrenOf(node)[0] ?? node);
    const args = childrenOf(node.getChild('FunctionCallBody'));
    const [vector = new Set<string>()] = args
      .map((each) => this.labelsOf(each))
      .filter((labels) => labels !== 'scalar');
    if (SCALARS.includes(name)) return 'scalar';
    // What it makes up for a series that is not there.
    if (name.startsWith('absent')) return new Set();
    if (name === 'label_replace') {
      const [, destination, , source] = args.map((each) => this.query.unquoted(each));
      this.checkNames([source ?? ''], vector, node);
      return new Set([...vector, destination ?? '']);
    }
    if (name !== 'histogram_quantile') return vector;
    this.checkNames(['le'], vector, node);
    return without(vector, ['le']);
  }

  private ofBinary(node: SyntaxNode): Labels {
    const children = childrenOf(node);
    const [left, right] = [children[0] ?? node, last(children)].map((side) => this.labelsOf(side));
    if (left === undefined || left === 'scalar') return right ?? 'scalar';
    if (right === undefined || right === 'scalar') return left;
    const operator = children[1]?.name ?? '';
    const clause = node.getChild('MatchingModifierClause');
    const [matched, included] = clause?.getChildren('GroupingLabels') ?? [];
    const names = this.query.names(matched);
    if (clause?.getChild('On')) this.checkNames(names, common(left, right), node);
    else if (operator !== 'Or') this.checkSameLabels(without(left, names), without(right, names), node);
    if (operator === 'Or') return common(left, right);
    if (SET_OPERATORS.includes(operator)) return left;
    const grouped = this.query.names(included);
    if (clause?.getChild('GroupLeft')) return new Set([...left, ...grouped]);
    if (clause?.getChild('GroupRight')) return new Set([...right, ...grouped]);
    return clause?.getChild('On') ? new Set(names) : without(left, names);
  }

  private checkNames(names: readonly string[], labels: ReadonlySet<string>, node: SyntaxNode): void {
    for (const name of names)
      if (!labels.has(name)) this.faults.push(`there is no label ${name} in ${this.query.textOf(node)}`);
  }

  /** Prometheus pairs samples whose labels are all the same. */
  private checkSameLabels(left: ReadonlySet<string>, right: ReadonlySet<string>, node: SyntaxNode): void {
    if (left.size === right.size && without(left, [...right]).size === 0) return;
    const sides = [left, right].map((side) => `(${[...side].join(', ')})`);
    this.faults.push(`${sides.join(' never matches ')} in ${this.query.textOf(node)}`);
  }
}

function common(left: ReadonlySet<string>, right: ReadonlySet<string>): Set<string> {
  return new Set([...left].filter((label) => right.has(label)));
}

function without(labels: ReadonlySet<string>, names: readonly string[]): Set<string> {
  return new Set([...labels].filter((label) => !names.includes(label)));
}

function last(nodes: readonly SyntaxNode[]): SyntaxNode {
  const node = nodes.at(-1);
  if (!node) throw new Error('An operator without operands');
  return node;
}
