// Orders nodes so that each comes after what it is compiled from, and finds cycles: Tarjan's strongly connected
// components, without recursion, because a smuggled chain may be as long as the environment has documents.
import type { DocumentNode } from './nodes.ts';

interface Frame {
  readonly node: DocumentNode;
  readonly below: readonly DocumentNode[];
  /** Of `below`, how many have been looked at. */
  done: number;
}

/** Groups of nodes, dependencies first. A group of several nodes, or of one that uses itself, is a cycle. */
export function orderNodes(
  nodes: ReadonlySet<DocumentNode>,
  dependenciesOf: (node: DocumentNode) => readonly DocumentNode[],
): readonly (readonly DocumentNode[])[] {
  const groups: DocumentNode[][] = [];
  const open: DocumentNode[] = [];
  const isOpen = new Set<DocumentNode>();
  const frames: Frame[] = [];
  let visits = 0;
  const enter = (node: DocumentNode): void => {
    node.visit = node.low = ++visits;
    open.push(node);
    isOpen.add(node);
    frames.push({ node, below: dependenciesOf(node), done: 0 });
  };
  const leave = (node: DocumentNode): void => {
    frames.pop();
    const above = frames.at(-1)?.node;
    if (above !== undefined) above.low = Math.min(above.low, node.low);
    if (node.low !== node.visit) return;
    const group = open.splice(open.lastIndexOf(node));
    for (const member of group) isOpen.delete(member);
    groups.push(group);
  };
  for (const node of nodes) node.visit = 0;
  for (const node of nodes) {
    if (node.visit !== 0) continue;
    // The usual case: it uses nothing, so it comes right here and is part of no cycle.
    if (dependenciesOf(node).length === 0) {
      node.visit = ++visits;
      groups.push([node]);
      continue;
    }
    enter(node);
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const below = frame.below[frame.done++];
      if (below === undefined) leave(frame.node);
      else if (!nodes.has(below)) continue;
      else if (below.visit === 0) enter(below);
      else if (isOpen.has(below)) frame.node.low = Math.min(frame.node.low, below.visit);
    }
  }
  return groups;
}
