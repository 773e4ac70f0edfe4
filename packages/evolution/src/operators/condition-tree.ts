// Conditions as trees: walking and rebuilding them, and the comparisons that have an opposite. Pure.
import type { ConfigCondition, JsonValue } from '@org/contract/model';

/** Indices of operands from the root; `not` has operand 0. */
export type NodePath = readonly number[];

export interface PlacedNode {
  readonly path: NodePath;
  readonly node: ConfigCondition;
  /** Of the node that holds it. */
  readonly parent: ConfigCondition | undefined;
}

/** All nodes, root first. */
export function nodesOf(root: ConfigCondition): readonly PlacedNode[] {
  const found: PlacedNode[] = [];
  const visit = (node: ConfigCondition, path: NodePath, parent: ConfigCondition | undefined): void => {
    found.push({ node, path, parent });
    operandsOf(node).forEach((operand, index) => visit(operand, [...path, index], node));
  };
  visit(root, [], undefined);
  return found;
}

/** The operands of `and`, `or` and `not`; others have none. */
export function operandsOf(node: ConfigCondition): readonly ConfigCondition[] {
  if (node.op === 'not') return [(node as { readonly of: ConfigCondition }).of];
  return isConnective(node) ? node.of : [];
}

export type Connective = { readonly op: 'and' | 'or'; readonly of: readonly ConfigCondition[] };

export const isConnective = (node: ConfigCondition): node is Connective =>
  node.op === 'and' || node.op === 'or';

/** The tree with another node in a place; undefined takes the node out of its list. */
export function withNode(
  root: ConfigCondition,
  path: NodePath,
  node: ConfigCondition | undefined,
): ConfigCondition {
  const [index, ...rest] = path;
  if (index === undefined) return node ?? root;
  if (root.op === 'not')
    return { op: 'not', of: withNode((root as { readonly of: ConfigCondition }).of, rest, node) };
  const { op, of } = root as Connective;
  if (rest.length === 0)
    return { op, of: node === undefined ? of.toSpliced(index, 1) : of.with(index, node) };
  return { op, of: of.with(index, withNode(of[index]!, rest, node)) };
}

/** What a comparison may become: its neighbours in strictness and its opposites. */
export const flips: Readonly<Record<string, readonly string[]>> = {
  greater: ['greater_or_equal', 'less', 'less_or_equal'],
  greater_or_equal: ['greater', 'less', 'less_or_equal'],
  less: ['less_or_equal', 'greater', 'greater_or_equal'],
  less_or_equal: ['less', 'greater', 'greater_or_equal'],
  equals: ['not_equals'],
  not_equals: ['equals'],
  equal: ['not_equal'],
  not_equal: ['equal'],
  in: ['not_in'],
  not_in: ['in'],
  between: ['not_between'],
  not_between: ['between'],
  before: ['after'],
  after: ['before'],
  semver_greater: ['semver_greater_or_equal', 'semver_less'],
  semver_greater_or_equal: ['semver_greater', 'semver_less_or_equal'],
  semver_less: ['semver_less_or_equal', 'semver_greater'],
  semver_less_or_equal: ['semver_less', 'semver_greater_or_equal'],
};

/** A number in a node that may be shifted, and how. */
export interface Threshold {
  readonly attribute: string;
  readonly value: number;
  with(value: number): ConfigCondition;
}

/** The thresholds of one node. */
export function thresholdsOf(node: ConfigCondition): readonly Threshold[] {
  if (node.op === 'compare') {
    const { right, left } = node as Extract<ConfigCondition, { readonly op: 'compare' }>;
    if (typeof right !== 'number') return [];
    const name =
      typeof left === 'object' && 'attribute' in left ? attributeText(left.attribute) : nameOf(left);
    return [
      { attribute: name, value: right, with: (value) => ({ ...node, right: value }) as ConfigCondition },
    ];
  }
  const { attribute, value, values } = node as TestLike;
  if (attribute === undefined || node.op === 'modulo') return [];
  const name = attributeText(attribute);
  if (typeof value === 'number')
    return [{ attribute: name, value, with: (next) => ({ ...node, value: next }) }];
  if (node.op !== 'between' && node.op !== 'not_between') return [];
  return (values ?? []).flatMap((bound, index) =>
    typeof bound === 'number'
      ? [
          {
            ...{ attribute: name, value: bound },
            with: (next: number) => ({ ...node, values: values!.with(index, next) }),
          },
        ]
      : [],
  );
}

interface TestLike {
  readonly attribute?: string | readonly string[];
  readonly value?: JsonValue;
  readonly values?: readonly JsonValue[];
}

const nameOf = (left: unknown): string =>
  typeof left === 'object' && left !== null && 'name' in left ? String(left.name) : '';

const attributeText = (attribute: string | readonly string[]): string =>
  typeof attribute === 'string' ? attribute : attribute.join('.');
