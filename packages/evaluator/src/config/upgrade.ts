// What becomes of stored values when a config's schema changes: renamed parameters take their values along, bounds that were
// narrowed pull values in. Deterministic; what cannot be upgraded is left for the checks to refuse.
import type { JsonObject, JsonValue } from '@org/contract/model';
import { isRecord, own, ownList, type UntrustedRecord } from '../untrusted.ts';
import { durationText, parseDuration } from './duration.ts';
import type { EffectiveConfig } from './effective.ts';
import { renames, type Parameter } from './parameters.ts';
import { setMember, valueAt, withValueAt } from './tree.ts';

/** How values are upgraded from one schema to the next. */
export interface SchemaUpgrade {
  /** Former paths of parameters, outermost first, with those they have now. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Amounts whose bounds changed. */
  readonly narrowed: readonly Parameter[];
}

/** Undefined when values need none. */
export function schemaUpgrade(before: EffectiveConfig, after: EffectiveConfig): SchemaUpgrade | undefined {
  const renamed = new Map([...renames(after.flat)].filter(([from]) => before.flat.has(from)));
  const narrowed = [...after.flat.values()].filter((parameter) => {
    if (!['number', 'integer', 'duration'].includes(parameter.type)) return false;
    const was = before.flat.get(parameter.path) ?? before.flat.get(formerPath(parameter.path, renamed) ?? '');
    return was !== undefined && was.type === parameter.type && boundsOf(was) !== boundsOf(parameter);
  });
  return renamed.size === 0 && narrowed.length === 0 ? undefined : { renamed, narrowed };
}

const formerPath = (path: string, renamed: ReadonlyMap<string, string>): string | undefined =>
  [...renamed].find(([, to]) => to === path)?.[0];

const boundsOf = ({ spec }: Parameter): string =>
  JSON.stringify(['min', 'max', 'step'].map((name) => own(spec, name)));

/**
 * A config upgraded. `stored` is the document as it was, when this is the one whose schema changed: values that its author
 * changed at the same time are left as they are.
 */
export function upgradeConfig(config: JsonObject, upgrade: SchemaUpgrade, stored?: JsonObject): JsonObject {
  const kept = stored && upgradeTrees(renameNames(stored, upgrade), { ...upgrade, narrowed: [] });
  return upgradeTrees(renameNames(config, upgrade), upgrade, kept);
}

/** An overlay's or experiment variant's patch upgraded. */
export function upgradePatch(patch: JsonObject, upgrade: SchemaUpgrade): JsonObject {
  return upgradeTrees(renameNames(patch, upgrade), upgrade);
}

/** An overlay on the config upgraded. */
export function upgradeOverlay(overlay: JsonObject, upgrade: SchemaUpgrade): JsonObject {
  const patch = own(overlay, 'patch');
  if (!isRecord(patch)) return overlay;
  const one = own(patch, 'configPatch');
  const named = own(patch, 'configPatches');
  if (isRecord(one))
    return {
      ...overlay,
      patch: { ...patch, configPatch: upgradePatch(one as JsonObject, upgrade) },
    };
  if (!isRecord(named)) return overlay;
  const patches = mapMembers(named, (each) =>
    isRecord(each) ? upgradePatch(each as JsonObject, upgrade) : each,
  );
  return { ...overlay, patch: { ...patch, configPatches: patches } };
}

function mapMembers(record: UntrustedRecord, map: (value: unknown) => unknown): JsonObject {
  const mapped: Record<string, unknown> = {};
  for (const name of Object.keys(record)) setMember(mapped, name, map(own(record, name)));
  return mapped as JsonObject;
}

/** `values`, and the patches in `rules`. */
function upgradeTrees(holder: JsonObject, upgrade: SchemaUpgrade, stored?: JsonObject): JsonObject {
  const values = own(holder, 'values');
  const rules = own(holder, 'rules');
  const storedRules = stored === undefined ? undefined : ownList(stored, 'rules').filter(isRecord);
  return {
    ...holder,
    ...(isRecord(values)
      ? { values: upgradeTree(values as JsonObject, upgrade, stored && own(stored, 'values')) }
      : {}),
    ...(Array.isArray(rules)
      ? {
          rules: rules.map((rule: unknown) =>
            isRecord(rule) ? upgradeRule(rule, upgrade, storedRules) : rule,
          ) as JsonValue[],
        }
      : {}),
  };
}

function upgradeRule(
  rule: UntrustedRecord,
  upgrade: SchemaUpgrade,
  stored: readonly UntrustedRecord[] | undefined,
): UntrustedRecord {
  const was = stored?.find((other) => own(other, 'id') === own(rule, 'id'));
  // Of a rule that is new everything is the author's.
  const known = stored === undefined ? undefined : (was ?? {});
  const patch = own(rule, 'patch');
  const split = own(rule, 'split');
  const wasSplit = known && own(known, 'split');
  const upgradeShare = (share: unknown, index: number): unknown => {
    const patched = isRecord(share) ? own(share, 'patch') : undefined;
    if (!isRecord(share) || !isRecord(patched)) return share;
    const wasShare = isRecord(wasSplit) ? ownList(wasSplit, 'weights')[index] : undefined;
    const storedPatch = isRecord(wasShare) ? own(wasShare, 'patch') : {};
    return { ...share, patch: upgradeTree(patched as JsonObject, upgrade, known && storedPatch) };
  };
  return {
    ...rule,
    ...(isRecord(patch)
      ? { patch: upgradeTree(patch as JsonObject, upgrade, known && (own(known, 'patch') ?? {})) }
      : {}),
    ...(isRecord(split) ? { split: { ...split, weights: ownList(split, 'weights').map(upgradeShare) } } : {}),
  };
}

function upgradeTree(tree: JsonObject, { renamed, narrowed }: SchemaUpgrade, stored?: unknown): JsonObject {
  let upgraded = tree;
  for (const [from, to] of renamed) {
    const value = valueAt(upgraded, from);
    if (value === undefined) continue;
    upgraded = withValueAt(upgraded, from, undefined);
    if (valueAt(upgraded, to) === undefined) upgraded = withValueAt(upgraded, to, value);
  }
  for (const parameter of narrowed) {
    const value = valueAt(upgraded, parameter.path);
    const isStored = stored === undefined || valueAt(stored, parameter.path) === value;
    const pulled = isStored ? pullIn(value, parameter) : value;
    if (pulled !== undefined && pulled !== value) upgraded = withValueAt(upgraded, parameter.path, pulled);
  }
  return upgraded;
}

/** The nearest value that the bounds allow. */
function pullIn(value: JsonValue | undefined, { type, spec }: Parameter): JsonValue | undefined {
  const read = (of: unknown): number =>
    type === 'duration' ? parseDuration(of) : typeof of === 'number' ? of : NaN;
  const amount = read(value);
  if (Number.isNaN(amount)) return value;
  const [min, max, step] = ['min', 'max', 'step'].map((name) => read(own(spec, name))) as [
    number,
    number,
    number,
  ];
  const low = Number.isNaN(min) ? -Infinity : min;
  const high = Number.isNaN(max) ? Infinity : max;
  let pulled = Math.min(Math.max(amount, low), high);
  if (step > 0) {
    const from = Number.isNaN(min) ? 0 : min;
    const steps = Math.round((pulled - from) / step);
    const aligned = from + steps * step;
    pulled = Number(
      (aligned > high ? aligned - step : aligned < low ? aligned + step : aligned).toPrecision(15),
    );
  }
  if (pulled === amount) return value;
  return type === 'duration' ? durationText(pulled) : pulled;
}

/** The names of parameters in formulas, invariants, groups and combinations. */
function renameNames(holder: JsonObject, { renamed }: SchemaUpgrade): JsonObject {
  if (renamed.size === 0) return holder;
  const nameOf = (path: unknown): unknown => (typeof path === 'string' ? (renamed.get(path) ?? path) : path);
  const visit = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(visit);
    if (!isRecord(node)) return node;
    if (own(node, 'op') === 'parameter') return { ...node, name: nameOf(own(node, 'name')) };
    return mapMembers(node, visit);
  };
  const renamedTree = visit(holder) as JsonObject;
  const invariants = ownList(renamedTree, 'invariants').map((each) => renameAttributes(each, renamed));
  const coupled = ownList(renamedTree, 'coupled').map((group) =>
    isRecord(group) ? { ...group, parameters: ownList(group, 'parameters').map(nameOf) } : group,
  );
  const forbidden = ownList(renamedTree, 'forbidden').map((each) => {
    const values = isRecord(each) ? own(each, 'values') : undefined;
    if (!isRecord(each) || !isRecord(values)) return each;
    const moved: Record<string, unknown> = {};
    for (const path of Object.keys(values)) setMember(moved, String(nameOf(path)), own(values, path));
    return { ...each, values: moved };
  });
  return {
    ...renamedTree,
    ...(Object.hasOwn(holder, 'invariants') ? { invariants } : {}),
    ...(Object.hasOwn(holder, 'coupled') ? { coupled } : {}),
    ...(Object.hasOwn(holder, 'forbidden') ? { forbidden } : {}),
  } as JsonObject;
}

/** Invariants read parameters as attributes, by the names that lead to them. */
function renameAttributes(node: unknown, renamed: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(node)) return node.map((part) => renameAttributes(part, renamed));
  if (!isRecord(node)) return node;
  const mapped = mapMembers(node, (member) => renameAttributes(member, renamed));
  const attribute = own(node, 'attribute');
  const path = Array.isArray(attribute) ? attribute.join('.') : attribute;
  const next = typeof path === 'string' ? renamed.get(path) : undefined;
  return next === undefined ? mapped : { ...mapped, attribute: next.split('.') };
}
