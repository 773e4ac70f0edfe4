import { expect, it } from 'vitest';
import { SegmentNode, type DocumentNode } from './nodes.ts';
import { orderNodes } from './order-nodes.ts';

/** Nodes by key from "who uses whom". */
function graph(uses: Readonly<Record<string, readonly string[]>>): ReadonlySet<DocumentNode> {
  const nodes = new Map(Object.keys(uses).map((key) => [key, new SegmentNode(key)]));
  for (const [key, node] of nodes) node.use(uses[key]!.map((below) => nodes.get(below)!));
  return new Set(nodes.values());
}

const order = (uses: Readonly<Record<string, readonly string[]>>) =>
  orderNodes(graph(uses), (node) => node.uses).map((group) => group.map(({ key }) => key).sort());

it('puts nodes behind what they use', () => {
  expect(order({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] })).toEqual([['d'], ['b'], ['c'], ['a']]);
});

it('groups what forms a cycle, and nothing else', () => {
  expect(order({ a: ['b'], b: ['c'], c: ['a', 'd'], d: [], e: ['a'] })).toEqual([
    ['d'],
    ['a', 'b', 'c'],
    ['e'],
  ]);
});

it('finds a member of a cycle that another way leads to', () => {
  expect(order({ a: ['b', 'c'], b: ['a'], c: ['b'] })).toEqual([['a', 'b', 'c']]);
});

it('leaves alone what is not to be ordered', () => {
  const nodes = [...graph({ a: ['b'], b: [] })];
  expect(orderNodes(new Set([nodes[0]!]), (node) => node.uses)).toEqual([[nodes[0]]]);
});

it('orders a chain that is longer than any stack', () => {
  const length = 100_000;
  const uses = Object.fromEntries(
    Array.from({ length }, (_, index) => [`n${index}`, index + 1 < length ? [`n${index + 1}`] : []]),
  );
  expect(order(uses)).toHaveLength(length);
});
