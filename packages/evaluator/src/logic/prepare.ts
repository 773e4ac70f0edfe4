// Checks a logic tree and copies it: what is evaluated is plain, bounded, and has segments where it refers to them.
import type { Findings } from '../findings.ts';
import { limits } from '../limits.ts';
import type { LogicScope } from '../logic-port.ts';
import { Call, isConstant, markConstant } from './call.ts';
import { NativeCondition } from './native-condition.ts';
import { operations } from './operations/registry.ts';
import { isList, isMembers, namesOf, type Members, type Value } from './values.ts';

/** The tree, ready to be evaluated; undefined after something was reported. */
export function prepareTree(tree: unknown, scope: LogicScope): { readonly tree: Value } | undefined {
  const before = scope.findings.list.length;
  const prepared = copy(tree, { scope, nodes: 0 }, 1);
  return scope.findings.list.length === before ? { tree: prepared } : undefined;
}

interface Copying {
  readonly scope: LogicScope;
  nodes: number;
}

function copy(node: unknown, copying: Copying, depth: number): Value {
  const { findings } = copying.scope;
  if (depth > limits.logicDepthMax) return refuse(findings, 'logic_depth');
  copying.nodes += 1;
  if (copying.nodes > limits.logicNodesMax) {
    // Said once: the rest of the tree is not looked at.
    return copying.nodes === limits.logicNodesMax + 1 ? refuse(findings, 'logic_nodes') : null;
  }
  if (isList(node)) return copyList(node, copying, depth);
  if (isMembers(node)) return copyMembers(node, copying, depth);
  const isPlain = node === null || ['string', 'boolean'].includes(typeof node) || Number.isFinite(node);
  return isPlain ? node : refuse(findings, 'logic_value');
}

function copyList(list: readonly unknown[], copying: Copying, depth: number): Value {
  const { findings } = copying.scope;
  const copied: Value[] = [];
  for (let i = 0; i < list.length && copying.nodes <= limits.logicNodesMax; i++) {
    findings.enter(i);
    copied.push(copy(list[i], copying, depth + 1));
    findings.leave();
  }
  const isPlain = copied.every(
    (item) => item === null || typeof item !== 'object' || (isList(item) && isConstant(item)),
  );
  return isPlain ? markConstant(copied) : copied;
}

function copyMembers(members: Members, copying: Copying, depth: number): Value {
  const { findings } = copying.scope;
  const names = namesOf(members);
  const [first] = names;
  if (names.length === 1 && first !== undefined) {
    if (first === '$ref') return resolve(members[first], copying, depth);
    const operation = operations.get(first);
    if (operation === undefined) return refuse(findings, 'logic_operator', first);
    return new Call(first, operation, copyMember(first, members[first], copying, depth));
  }
  // Without a prototype, so that a member named __proto__ is a member.
  const copied = Object.create(null) as Record<string, Value>;
  for (const name of names) {
    copied[name] = copyMember(name, members[name], copying, depth);
  }
  return copied;
}

function copyMember(name: string, member: unknown, copying: Copying, depth: number): Value {
  const { findings } = copying.scope;
  findings.enter(name);
  const copied = copy(member, copying, depth + 1);
  findings.leave();
  return copied;
}

/** The segment's own logic in place of the reference, or its condition as true or false. */
function resolve(key: unknown, copying: Copying, depth: number): Value {
  const { findings, segment } = copying.scope;
  const cell = typeof key === 'string' ? segment(key) : undefined;
  if (cell === undefined) return refuse(findings, 'unknown_segment', String(key).slice(0, 256));
  return cell.logic === undefined ? new NativeCondition(cell) : copy(cell.logic, copying, depth + 1);
}

function refuse(findings: Findings, rule: string, detail = ''): null {
  findings.add(rule, detail);
  return null;
}
