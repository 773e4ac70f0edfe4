// Values that JSON can hold, and nothing else: the first thing looked at in an authored document.
import type { Violation } from '../errors.ts';

/** Deeper nesting than any document needs; every recursive reader relies on it. */
export const jsonDepthMax = 64;
/** Findings after these are not worth reading. */
const findingsMax = 100;
/** Has no UTF-8 form: it would change on its way. */
const loneSurrogate = /\p{Cs}/u;

/** What in the value is no plain JSON: other types, numbers that are not finite, too deep nesting, inherited members. */
export function checkJson(value: unknown, path = ''): readonly Violation[] {
  const findings: Violation[] = [];
  visit(value, path, 0, findings);
  return findings;
}

function visit(value: unknown, path: string, depth: number, findings: Violation[]): void {
  if (findings.length >= findingsMax) return;
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'string') {
    if (loneSurrogate.test(value)) add(findings, path, 'well_formed', 'The text holds a lone surrogate.');
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) add(findings, path, 'finite', 'Numbers must be finite.');
  } else if (typeof value !== 'object') {
    add(findings, path, 'json', `JSON holds no ${typeof value}.`);
  } else if (depth >= jsonDepthMax) {
    add(findings, path, 'max_depth', `Nested deeper than ${jsonDepthMax} levels.`);
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => visit(item, `${path}[${index}]`, depth + 1, findings));
  } else {
    visitObject(value, path, depth, findings);
  }
}

function visitObject(value: object, path: string, depth: number, findings: Violation[]): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    add(findings, path, 'plain_object', 'Not a plain object (a member may be named "__proto__").');
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    const at = memberPath(path, name);
    if (loneSurrogate.test(name)) add(findings, at, 'well_formed', 'The name holds a lone surrogate.');
    visit(member, at, depth + 1, findings);
  }
}

const add = (findings: Violation[], field: string, rule: string, message: string): void => {
  findings.push({ field, rule, message });
};

/** `path.name`, or `path["na.me"]` for names that a reader could take for a path. */
export function memberPath(path: string, name: string): string {
  if (!/^[A-Za-z_$][\w$-]*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}
