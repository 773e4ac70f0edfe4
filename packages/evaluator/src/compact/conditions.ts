// Conditions of rules, segments and overlays, walked. Throws on what is no condition, and in a cycle.
import type { Expression, Segment, TestExpression } from '@org/contract/model';
import type { Documents } from './documents.ts';
import { passes } from './passes.ts';
import { readAttribute, readUnit, type Ports } from './read.ts';

export interface Conditions {
  /** Whether the keys name the context's unit; with a salt they are salted hashes. */
  lists(context: unknown, keys?: readonly string[], kind?: string, salt?: string): boolean;
  holds(context: unknown, expression: Expression): boolean;
}

/** `spend` is called at every step and throws when there were too many. */
export const createConditions = ({ find }: Documents, ports: Ports, spend: () => void): Conditions => {
  const lists: Conditions['lists'] = (context, keys, kind, salt) => {
    if (!keys?.length) return false;
    const unit = readUnit(context, undefined, kind);
    return unit !== undefined && keys.includes(salt === undefined ? unit : ports.digest!(salt, unit));
  };

  const holds: Conditions['holds'] = (context, expression) => {
    spend();
    const { op, of, key } = expression as { op: string; of: Expression & Expression[]; key: string };
    const deeper = (part: Expression): boolean => holds(context, part);
    if (op === 'and') return of.every(deeper);
    if (op === 'or') return of.some(deeper);
    if (op === 'not') return !deeper(of);
    if (op === 'segment') {
      const { excluded, included, kind, hashed, when } = find<Segment>(op, key)!;
      return (
        !lists(context, excluded, kind, hashed) && (lists(context, included, kind, hashed) || deeper(when))
      );
    }
    const test = expression as TestExpression;
    return passes(readAttribute(context, test.attribute, test.kind), test, ports);
  };

  return { lists, holds };
};
