// Turns one flagd flag into ours. What cannot be taken is reported by its path; a flag without usable variants is left out whole.
import type { Flag, FlagType, JsonObject, JsonValue, Rule } from '@org/contract/model';
import { isRecord, type JsonRecord } from './json-logic.ts';
import { takeLogic } from './take-logic.ts';
import { attemptIn, below, leaveOut, type Scope } from './scope.ts';
import { translateTargeting } from './translate-targeting.ts';

const known = new Set(['key', 'state', 'variants', 'defaultVariant', 'targeting', 'metadata', 'description']);

/** Where the flag is, what applies to all flags of the definition, and the name of the variant to serve while off. */
export interface FlagSource {
  readonly scope: Scope;
  readonly sharedMetadata: JsonObject;
  readonly offVariant: string | undefined;
}

/** The flag; undefined when it cannot be taken (reported). */
export function importFlag(
  value: unknown,
  { scope, sharedMetadata, offVariant }: FlagSource,
): Flag | undefined {
  if (!isRecord(value)) return leaveOut(scope, 'a flag is an object');
  const variants = readVariants(value['variants'], below(scope, 'variants'));
  const enabled = readState(value['state'], below(scope, 'state'));
  if (variants === undefined || enabled === undefined) return undefined;
  for (const name of Object.keys(value)) {
    if (!known.has(name)) leaveOut(below(scope, name), 'unknown to flagd and to us');
  }
  const inner = { ...scope, variants: new Set(Object.keys(variants.values)) };
  const served = readDefault(value['defaultVariant'], below(inner, 'defaultVariant'));
  const rules = hasTargeting(value, scope.isExact)
    ? importTargeting(value['targeting'], below(inner, 'targeting'))
    : [];
  // Without its targeting, or with a wrong default, a flag would answer something nobody meant.
  if (served === undefined || rules === undefined) {
    return leaveOut(scope, 'the flag is left out, because a part that decides what it serves is');
  }
  const metadata = readMetadata(value['metadata'], sharedMetadata, below(scope, 'metadata'));
  return {
    type: variants.type,
    enabled,
    variants: variants.values,
    ...(offVariant !== undefined && inner.variants.has(offVariant) ? { offVariant } : {}),
    ...(served === null ? {} : { default: { variant: served } }),
    ...(rules.length > 0 ? { rules } : {}),
    ...(typeof value['description'] === 'string' ? { description: value['description'] } : {}),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
  };
}

/** To flagd, null is targeting that names no variant: the reason of its answers is DEFAULT. */
function hasTargeting({ targeting }: JsonRecord, isExact: boolean): boolean {
  if (targeting === undefined || (targeting === null && !isExact)) return false;
  return !(isRecord(targeting) && Object.keys(targeting).length === 0);
}

/** Rules in our operators where these mean the same, otherwise one rule that serves what the logic answers. */
function importTargeting(targeting: unknown, scope: Scope): readonly Rule[] | undefined {
  const attempt = attemptIn(scope);
  const rules = translateTargeting(targeting, attempt.scope);
  // Targeting that never names a variant leaves no rules; flagd's reason for its answers is DEFAULT, not STATIC.
  const isExact = attempt.findings.length === 0 && rules?.length !== 0;
  if (rules !== undefined && (isExact || !scope.isExact)) {
    attempt.findings.forEach(scope.report);
    return rules;
  }
  const logic = takeLogic(targeting, scope);
  return logic && [{ id: 'flagd', when: { op: 'and', of: [] }, serve: logic }];
}

function readState(state: unknown, scope: Scope): boolean | undefined {
  if (state === 'ENABLED' || state === 'DISABLED') return state === 'ENABLED';
  return leaveOut(scope, 'must be "ENABLED" or "DISABLED"');
}

/** The default variant; null when the flag has none. */
function readDefault(name: unknown, scope: Scope): string | null | undefined {
  if (name === undefined || name === null || name === '') return null;
  if (typeof name === 'string' && scope.variants.has(name)) return name;
  return leaveOut(scope, `the flag has no variant ${JSON.stringify(name)}`);
}

interface Variants {
  readonly type: FlagType;
  readonly values: Record<string, JsonValue>;
}

function readVariants(value: unknown, scope: Scope): Variants | undefined {
  const entries = isRecord(value) ? Object.entries(value) : [];
  const types = new Set(entries.map(([, variant]) => typeOf(variant)));
  const [type] = types;
  if (type === undefined || types.size > 1) {
    return leaveOut(
      scope,
      'a flag has at least one variant, and all are booleans, texts, numbers or objects alike',
    );
  }
  // Made of entries, so that a variant named __proto__ is a variant.
  return { type, values: Object.fromEntries(entries) as Record<string, JsonValue> };
}

function typeOf(value: unknown): FlagType | undefined {
  if (typeof value === 'boolean' || typeof value === 'string') return typeof value as FlagType;
  if (typeof value === 'number') return Number.isFinite(value) ? 'number' : undefined;
  return isRecord(value) ? 'object' : undefined;
}

/** The flag's own metadata over those of the whole definition. */
function readMetadata(value: unknown, shared: JsonObject, scope: Scope): JsonObject {
  if (value === undefined || value === null) return shared;
  if (isRecord(value)) return { ...shared, ...(value as JsonObject) };
  leaveOut(scope, 'metadata are an object');
  return shared;
}
