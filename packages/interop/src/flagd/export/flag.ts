// Turns one flag into flagd's. The order of docs/spec/evaluation.md becomes one chain of `if`.
import type { Flag, JsonObject, JsonValue, Prerequisite } from '@org/contract/model';
import { exportCondition } from './condition.ts';
import { hasKnownMembers } from './known-members.ts';
import { allOf, call, isOneOfTexts, variable, type Logic } from './logic.ts';
import { count, refuse, type ExportScope } from './scope.ts';
import { exportRanges, exportServe, type ExportedServe, type Owner } from './serve.ts';

/** A flag of flagd's definition format. */
export interface FlagdFlag {
  readonly state: 'ENABLED' | 'DISABLED';
  readonly variants: { readonly [variant: string]: JsonValue };
  readonly defaultVariant: string | null;
  readonly targeting?: JsonValue;
  readonly metadata?: JsonObject;
}

/** Undefined when flagd cannot express the flag (reported). */
export function exportFlag(key: string, flag: Flag, scope: ExportScope): FlagdFlag | undefined {
  const metadata = exportMetadata(flag.metadata ?? {});
  const shared = {
    variants: flag.variants,
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
  };
  if (!hasKnownMembers('flag', flag, scope)) return undefined;
  if (!isTypeOfFlagd(flag)) return refuse(scope, 'flagd has no variants that are lists');
  if (isOff(flag)) {
    // flagd serves nothing while disabled: a flag with an off variant is one that always serves that.
    return flag.offVariant === undefined
      ? { ...shared, state: 'DISABLED', defaultVariant: null }
      : { ...shared, state: 'ENABLED', defaultVariant: flag.offVariant };
  }
  const program = exportProgram(flag, { flagKey: key, isInlined: false }, scope);
  if (program === undefined) return undefined;
  const { steps, fallback } = program;
  const defaultVariant = typeof fallback === 'string' && !program.endsEarly ? fallback : null;
  const targeting = chain(steps, defaultVariant === null ? fallback : null);
  return {
    ...shared,
    state: 'ENABLED',
    defaultVariant,
    ...(steps.length === 0 && targeting === null ? {} : { targeting }),
  };
}

const isOff = ({ killed, enabled }: Flag): boolean => killed === true || !enabled;

const isTypeOfFlagd = ({ variants }: Flag): boolean =>
  Object.values(variants).every((value) => !Array.isArray(value));

/** flagd's metadata hold texts, numbers and booleans only. */
const exportMetadata = (metadata: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(metadata).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value)),
  );

interface Step {
  readonly when: Logic;
  readonly value: Logic;
}

interface ExportedProgram {
  readonly steps: readonly Step[];
  /** What is served when no step applies; null for the caller's default. */
  readonly fallback: Logic;
  /** A step serves the caller's default, so null must not mean the default variant. */
  readonly endsEarly: boolean;
}

function exportProgram(flag: Flag, owner: Owner, scope: ExportScope): ExportedProgram | undefined {
  const prerequisites = exportPrerequisites(flag, scope);
  const targets = exportTargets(flag, scope);
  const overlays = exportOverlays(owner, scope);
  const rules = exportRules(flag, owner, scope);
  const fallback = flag.default && exportServe(flag.default, owner, scope);
  if (!prerequisites || !targets || !overlays || !rules || (flag.default && !fallback)) return undefined;
  return {
    steps: [...prerequisites, ...targets, ...overlays, ...rules],
    fallback: fallback === undefined ? null : exportDefault(fallback),
    endsEarly: prerequisites.some(({ value }) => value === null),
  };
}

/** A default split without a unit ends with the caller's default; flagd's own unit does that by itself. */
const exportDefault = ({ when, value, isOfOwnUnit }: ExportedServe): Logic =>
  when === undefined || isOfOwnUnit === true ? value : { if: [when, value] };

function chain(steps: readonly Step[], fallback: Logic): Logic {
  const [only] = steps;
  if (only === undefined) return fallback;
  if (steps.length === 1 && only.when === true && fallback === null) return only.value;
  const operands = steps.flatMap(({ when, value }) => [when, value]);
  return { if: fallback === null ? operands : [...operands, fallback] };
}

/** A failed prerequisite ends the evaluation with the off variant, or the caller's default. */
function exportPrerequisites(flag: Flag, scope: ExportScope): readonly Step[] | undefined {
  const steps = (flag.prerequisites ?? []).map((prerequisite): Step | undefined => {
    const holds = exportPrerequisite(prerequisite, scope);
    return holds === undefined ? undefined : { when: call('!', holds), value: flag.offVariant ?? null };
  });
  return allDefined(steps);
}

function exportPrerequisite({ flag: key, variants }: Prerequisite, scope: ExportScope): Logic | undefined {
  const flag = scope.documents.flags.get(key);
  const name = `flag ${key}`;
  if (flag === undefined || scope.open.has(name)) return refuse(scope, `it requires the flag "${key}"`);
  if (isOff(flag)) return false;
  const inner = { ...scope, open: new Set([...scope.open, name]) };
  // A flag with a failed prerequisite fulfils none, even if its off variant is one of those asked for.
  const own = (flag.prerequisites ?? []).map((below) => exportPrerequisite(below, inner));
  const program = exportProgram({ ...flag, prerequisites: [] }, { flagKey: key, isInlined: true }, inner);
  if (program === undefined || !allDefined(own)) return undefined;
  const served = chain(program.steps, program.fallback);
  return allOf([...(own as readonly Logic[]), isOneOfTexts(served, variants)]);
}

function exportTargets(flag: Flag, scope: ExportScope): readonly Step[] | undefined {
  const steps = (flag.targets ?? []).map(({ variant, keys, kind }): Step | undefined => {
    const unit = count(scope) ? variable('targetingKey', kind, scope) : undefined;
    return unit === undefined ? undefined : { when: isOneOfTexts(unit, keys), value: variant };
  });
  return allDefined(steps);
}

function exportOverlays(owner: Owner, scope: ExportScope): readonly Step[] | undefined {
  const overlays = scope.documents.overlays.get(owner.flagKey) ?? [];
  const steps = overlays.map(([key, overlay]): Step | undefined => {
    const eligible = overlay.eligibility === undefined ? true : exportCondition(overlay.eligibility, scope);
    const bucket = exportRanges(key, overlay, owner, scope);
    const serve = exportServe(overlay.patch.serve!, owner, scope);
    if (eligible === undefined || bucket === undefined) return undefined;
    return stepOf([eligible, bucket], serve);
  });
  return allDefined(steps);
}

function exportRules(flag: Flag, owner: Owner, scope: ExportScope): readonly Step[] | undefined {
  const { rules = [] } = flag;
  const isSimple = !owner.isInlined && !('split' in (flag.default ?? {})) && !flag.prerequisites?.length;
  const steps = rules.map((rule, index): Step | undefined => {
    const when = exportCondition(rule.when, scope);
    const serve = exportServe(rule.serve, owner, scope);
    if (when === undefined || serve === undefined) return undefined;
    // flagd takes null for the default; where something else follows, it must not come to that.
    const isLast = isSimple && index === rules.length - 1;
    return serve.isOpen === true && !isLast
      ? stepOf([when, call('!==', serve.value, null)], serve)
      : stepOf([when], serve);
  });
  return allDefined(steps);
}

function stepOf(when: readonly Logic[], serve: ExportedServe | undefined): Step | undefined {
  if (serve === undefined) return undefined;
  return { when: allOf(withoutTrue([...when, serve.when ?? true])), value: serve.value };
}

/** Conditions that always hold add nothing. */
const withoutTrue = (when: readonly Logic[]): readonly Logic[] => when.filter((one) => one !== true);

const allDefined = <T>(list: readonly (T | undefined)[]): readonly T[] | undefined =>
  list.every((one) => one !== undefined) ? list : undefined;
