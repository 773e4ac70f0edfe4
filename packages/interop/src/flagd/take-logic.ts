// Takes JSONLogic as it is: what our operators cannot say, or would say otherwise. Checks what a commit would refuse.
import type { JsonValue, LogicServe } from '@org/contract/model';
import { limits } from '@org/contract/limits';
import { logicOperators } from '@org/evaluator/logic';
import { referenceOf } from './fragments.ts';
import { isRecord } from './json-logic.ts';
import { leaveOut, type Scope } from './scope.ts';

/** The logic; undefined, and reported, when it could not be committed. */
export function takeLogic(logic: unknown, scope: Scope): LogicServe | undefined {
  const visit: Visit = { scope, nodes: 0, findings: 0, open: [] };
  look(logic, visit, scope.path, 1);
  if (visit.nodes > limits.logicNodesMax)
    refuse(visit, scope.path, `more than ${limits.logicNodesMax} nodes`);
  return visit.findings > 0 ? undefined : { logic: logic as JsonValue };
}

/** More would help nobody. */
const findingsMax = 20;

interface Visit {
  readonly scope: Scope;
  nodes: number;
  findings: number;
  /** Fragments around the place that is looked at. */
  open: readonly string[];
}

function refuse(visit: Visit, path: string, message: string): void {
  visit.findings += 1;
  leaveOut({ ...visit.scope, path }, message);
}

function look(node: unknown, visit: Visit, path: string, depth: number): void {
  visit.nodes += 1;
  if (visit.nodes > limits.logicNodesMax || visit.findings >= findingsMax) return;
  if (depth > limits.logicDepthMax)
    return refuse(visit, path, `nested deeper than ${limits.logicDepthMax} levels`);
  if (Array.isArray(node)) {
    node.forEach((item, index) => look(item, visit, `${path}[${index}]`, depth + 1));
  } else if (isRecord(node)) {
    lookAtMembers(node, visit, path, depth);
  } else if (typeof node === 'number' ? !Number.isFinite(node) : !isPlain(node)) {
    refuse(visit, path, 'not a value of JSON');
  }
}

const isPlain = (node: unknown): boolean =>
  node === null || typeof node === 'string' || typeof node === 'boolean';

function lookAtMembers(
  node: Readonly<Record<string, unknown>>,
  visit: Visit,
  path: string,
  depth: number,
): void {
  const name = referenceOf(node);
  if (name !== undefined) return lookAtFragment(name, visit, path, depth);
  const [operator, ...more] = Object.keys(node);
  if (operator !== undefined && more.length === 0 && !logicOperators.has(operator))
    return refuse(visit, path, `there is no operator "${operator}"`);
  for (const [member, value] of Object.entries(node)) look(value, visit, `${path}.${member}`, depth + 1);
}

function lookAtFragment(name: string, visit: Visit, path: string, depth: number): void {
  const { fragments } = visit.scope;
  if (!fragments.byName.has(name)) return refuse(visit, path, `"${name}" is no fragment of $evaluators`);
  if (visit.open.includes(name)) return refuse(visit, path, `the fragment "${name}" refers to itself`);
  fragments.inLogic.add(name);
  const outer = visit.open;
  visit.open = [...outer, name];
  look(fragments.byName.get(name), visit, `$evaluators.${name}`, depth + 1);
  visit.open = outer;
}
