// Compiles a flag to a program: the order of docs/spec/evaluation.md, folded from its last step to its first.
import type { FlagType, JsonValue } from '@org/contract/model';
import {
  analysedHash,
  compileDefault,
  compileOverlays,
  compilePrerequisites,
  compileRules,
  compileTargets,
} from './flag-steps.ts';
import type { FlagParts, FlagScope } from './flag-parts.ts';
import { OutcomeRecord } from './outcome.ts';
import { constantProgram, type Program } from './program.ts';
import { Step } from './step.ts';
import { isRecord, nameIn, own, type UntrustedRecord } from './untrusted.ts';
import { deepFreeze, hasType } from './value.ts';

/** Undefined after something was reported. */
export function compileFlag(document: unknown, scope: FlagScope): Program | undefined {
  const { findings } = scope;
  if (!isRecord(document)) {
    findings.add('document');
    return undefined;
  }
  const authored = own(document, 'type');
  const type = authored === 'kill_switch' ? 'boolean' : authored;
  if (!isFlagType(type)) {
    findings.add('flag_type', '', 'type');
    return undefined;
  }
  if (isRemote(document)) {
    return constantProgram(
      type,
      new OutcomeRecord(scope.owner, { reason: 'DEFAULT', rule: 'remote', off: true }),
    );
  }
  const program = compileParts(takeParts(document, type, scope));
  return findings.list.length === 0 ? program : undefined;
}

/** In browsers a flag marked for remote evaluation is its type and the mark: the server is asked for its value. */
function isRemote(document: UntrustedRecord): boolean {
  return own(document, 'remoteEvaluation') === true && own(document, 'variants') === undefined;
}

const flagTypes: readonly unknown[] = ['boolean', 'string', 'number', 'object'] satisfies FlagType[];

function isFlagType(type: unknown): type is FlagType {
  return flagTypes.includes(type);
}

/** What stands for the outcomes of a flag that is only checked. */
const checkedOutcome = new OutcomeRecord(
  { flagKey: '', flagId: -1, revision: 0, ids: { next: -1 } },
  { reason: 'DEFAULT' },
);

function takeParts(document: UntrustedRecord, type: FlagType, scope: FlagScope): FlagParts {
  const variants = takeVariants(document, type, scope);
  const outcomes: OutcomeRecord[] = [];
  const outcome: FlagParts['outcome'] = (fields) => {
    if (scope.isCheck) return checkedOutcome;
    const made = new OutcomeRecord(scope.owner, fields);
    outcomes.push(made);
    return made;
  };
  const offVariant = own(document, 'offVariant');
  if (offVariant !== undefined && !variants.has(offVariant)) {
    scope.findings.add('unknown_variant', nameIn(offVariant), 'offVariant');
  }
  const offFields =
    offVariant === undefined ? {} : { variant: offVariant as string, value: variants.get(offVariant) };
  const off: FlagParts['off'] = (reason, rule) => outcome({ ...offFields, reason, rule, off: true });
  return { document, type, scope, variants, outcomes, outcome, off };
}

function takeVariants(
  document: UntrustedRecord,
  type: FlagType,
  scope: FlagScope,
): ReadonlyMap<unknown, JsonValue> {
  const values = new Map<unknown, JsonValue>();
  const variants = own(document, 'variants');
  const names = isRecord(variants) ? Object.keys(variants) : [];
  for (const name of names) {
    const value = own(variants as UntrustedRecord, name);
    if (hasType(value, type)) values.set(name, deepFreeze(value));
    else scope.findings.add('variant_type', type, 'variants', name);
  }
  if (names.length === 0) scope.findings.add('variants', '', 'variants');
  return values;
}

function compileParts(parts: FlagParts): Program {
  const { document, type, outcomes } = parts;
  const enabled = takeBoolean(parts, 'enabled');
  const killed = own(document, 'killed') !== undefined && takeBoolean(parts, 'killed');
  const fallback = compileDefault(parts, isStatic(parts));
  const rules = compileRules(parts, fallback);
  const overlays = compileOverlays(parts, rules);
  const targets = compileTargets(parts, overlays);
  const first = compilePrerequisites(parts, targets);
  if (killed || !enabled) return constantProgram(type, parts.off('DISABLED', killed ? 'killed' : 'off'));
  if (first === fallback && first.outcome !== undefined) return constantProgram(type, first.outcome);
  return { type, constant: undefined, first, outcomes, overridden: overriddenBy(parts) };
}

/** Leaves the unit's hash for whoever records the exposure. */
function overriddenBy(parts: FlagParts): Program['overridden'] {
  const analysed = analysedHash(parts);
  if (analysed === undefined) return undefined;
  const { probe } = parts.scope;
  return (outcome) =>
    new Step({
      decide(user, context, strict) {
        probe.last = analysed(user, context, strict) ?? 0;
        return outcome;
      },
    });
}

/** True when nothing but the default can decide. */
function isStatic({ document, scope }: FlagParts): boolean {
  const hasSteps = ['prerequisites', 'targets', 'rules'].some((name) => {
    const list = own(document, name);
    return Array.isArray(list) && list.length > 0;
  });
  return !hasSteps && !scope.overlays.some(({ overlay }) => overlay.live);
}

function takeBoolean({ document, scope }: FlagParts, name: string): boolean {
  const value = own(document, name);
  if (typeof value !== 'boolean') scope.findings.add('boolean', '', name);
  return value === true;
}
