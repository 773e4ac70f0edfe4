// Reads `{"var": "a.b"}` as an attribute of the context. Must refuse what flagd injects and what an attribute cannot name.
import { readNode } from './json-logic.ts';
import { leaveOut, noteInexact, type Scope } from './scope.ts';

/** An attribute, as expressions name it. */
export type Attribute = string | readonly string[];

/** Whether the node reads a variable. */
export function isVariable(value: unknown): boolean {
  const node = readNode(value);
  return node.type === 'call' && node.operator === 'var';
}

/** The attribute that the node reads; undefined, and reported, when it reads something else. */
export function readVariable(value: unknown, scope: Scope): Attribute | undefined {
  const node = readNode(value);
  if (node.type !== 'call' || node.operator !== 'var')
    return leaveOut(scope, 'only {"var": "name"} is understood here');
  const [name, fallback = null] = node.operands;
  if (fallback !== null) return leaveOut(scope, 'a default inside "var" has no counterpart');
  if (typeof name !== 'string' || name === '') return leaveOut(scope, '"var" must name one attribute');
  return attributeOf(name, scope);
}

/** The attribute behind a JSONLogic path (`a.b`, with `\.` for a dot in a name). */
export function attributeOf(name: string, scope: Scope): Attribute | undefined {
  const steps = splitPath(name);
  const [first = ''] = steps;
  if (first === '$flagd')
    return leaveOut(scope, `"${name}" is a value that flagd injects; use a schedule for times`);
  if (first === 'kind') return leaveOut(scope, 'the attribute "kind" names the kind of the context here');
  if (steps.includes('')) return leaveOut(scope, `"${name}" has an empty step or leaves the context`);
  if (steps.slice(1).some((step) => /^\d+$/.test(step)))
    return leaveOut(scope, `"${name}" walks into a list`);
  // In flagd every step that is no number is the first element of a list.
  if (steps.length > 1 || name.includes('\\')) noteInexact(scope);
  return steps.length === 1 ? first : steps;
}

function splitPath(name: string): readonly string[] {
  const steps = [''];
  for (const [part] of name.matchAll(/\\[.\\/]|\.|[^\\.]+|\\/g)) {
    if (part === '.') steps.push('');
    else steps[steps.length - 1] += part.length === 2 && part.startsWith('\\') ? part.slice(1) : part;
  }
  return steps;
}
