// Turns flagd's `fractional` into a split. Buckets are equal, bit for bit: the same hash over the same text (docs/spec/bucketing.md).
import type { Split, Weight } from '@org/contract/model';
import { limits } from '@org/contract/limits';
import { readNode } from './json-logic.ts';
import { isVariable, readVariable } from './read-variable.ts';
import { below, leaveOut, noteChange, type Scope } from './scope.ts';
import { variantName } from './variant-name.ts';

/** The split; `null` when nobody is ever in it (all weights 0); undefined when it cannot be taken (reported). */
export function translateFractional(operands: readonly unknown[], scope: Scope): Split | null | undefined {
  const explicit = readNode(operands[0]).type !== 'list';
  const unit = explicit ? readUnit(operands[0], below(scope, 0)) : {};
  const weights = readWeights(operands, explicit ? 1 : 0, scope);
  if (unit === undefined || weights === undefined) return undefined;
  const total = weights.reduce((sum, { weight }) => sum + weight, 0);
  if (total > limits.weightSumMax)
    return leaveOut(scope, `the weights add up to more than ${limits.weightSumMax}`);
  return total === 0 ? null : { weights: mergeNeighbours(weights), ...unit };
}

type Unit = Pick<Split, 'by' | 'salt'>;

/** What is hashed: an attribute alone (salt ""), or texts, the flag's key among them, and one attribute at the end. */
function readUnit(value: unknown, scope: Scope): Unit | undefined {
  if (isVariable(value)) {
    const by = readVariable(value, scope);
    if (by === undefined) return undefined;
    noteChange(scope, 'a unit that is a number is bucketed by its digits; flagd serves the default for it');
    noteChange(
      scope,
      'a unit that is missing or empty gets the default; flagd hashes the empty text, and its daemon the key of the flag with the targeting key where the unit is missing',
    );
    return { salt: '', by };
  }
  const node = readNode(value);
  if (node.type !== 'call' || node.operator !== 'cat')
    return leaveOut(scope, 'only "var" and "cat" are understood as the unit');
  return readConcatenation(node.operands, below(scope, 'cat'));
}

function readConcatenation(parts: readonly unknown[], scope: Scope): Unit | undefined {
  const salts = parts.slice(0, -1).map((part, index) => readSaltPart(part, below(scope, index)));
  const by = readVariable(parts.at(-1), below(scope, Math.max(0, parts.length - 1)));
  if (by === undefined || salts.includes(undefined)) return undefined;
  noteChange(
    scope,
    'a unit that is missing or empty gets the default; flagd hashes the rest of the text for it',
  );
  const salt = salts.join('');
  return salt === scope.flagKey ? { by } : { salt, by };
}

function readSaltPart(part: unknown, scope: Scope): string | undefined {
  if (typeof part === 'string') return part;
  if (typeof part === 'number' && Number.isFinite(part)) return String(part);
  const node = readNode(part);
  const isFlagKey = node.type === 'call' && node.operator === 'var' && node.operands[0] === '$flagd.flagKey';
  if (isFlagKey && scope.flagKey !== undefined) return scope.flagKey;
  return leaveOut(scope, 'before the unit only texts and the key of the flag are understood');
}

function readWeights(
  operands: readonly unknown[],
  from: number,
  scope: Scope,
): readonly Weight[] | undefined {
  const weights = operands.slice(from).map((entry, index) => readWeight(entry, below(scope, from + index)));
  if (weights.length === 0) return leaveOut(scope, 'there is nothing to distribute over');
  return weights.every((weight) => weight !== undefined) ? weights : undefined;
}

function readWeight(entry: unknown, scope: Scope): Weight | undefined {
  if (!Array.isArray(entry) || entry.length === 0 || entry.length > 2) {
    return leaveOut(scope, 'an entry is a variant, or a variant and its weight');
  }
  const [name, weight = 1] = entry as readonly unknown[];
  if (typeof weight !== 'number' || !Number.isSafeInteger(weight))
    return leaveOut(scope, 'a weight is a literal whole number');
  const variant = variantName(name, below(scope, 0));
  // flagd takes negative weights, which computed ones may be, for 0.
  return variant === undefined ? undefined : { variant, weight: Math.max(0, weight) };
}

/** Neighbours of one variant are one range of buckets. */
function mergeNeighbours(weights: readonly Weight[]): readonly Weight[] {
  const merged: Weight[] = [];
  for (const { variant, weight } of weights) {
    const last = merged.at(-1);
    if (last?.variant === variant) merged[merged.length - 1] = { variant, weight: last.weight + weight };
    else merged.push({ variant, weight });
  }
  return merged;
}
