// Why a unit is in an experiment or not: told by what decided about the flag, and else by the overlay's own steps.
import type { EvaluationDetails, Expression, Overlay } from '@org/contract/model';
import { bucketOf } from '../bucket.ts';
import { murmur3 } from '../compact/murmur3.ts';
import { readUnit } from '../compact/read.ts';
import { overlayKeyOf } from './overlay-key.ts';

/**
 * - `ASSIGNED`: the unit is in, and the variant is the experiment's.
 * - `NOT_RUNNING`: nothing is known of it here: no such experiment, a draft, a stopped or decided one.
 * - `NOT_READY`: the client has no state yet.
 * - `NO_UNIT`: the context has no key of the experiment's unit.
 * - `NOT_ALLOCATED`: its bucket is outside the share of the units that take part, or another experiment's of the layer.
 * - `HELD_OUT`: it belongs to a holdout.
 * - `NOT_ELIGIBLE`: it does not fulfil the condition for taking part.
 * - `TARGETED`, `OVERRIDDEN`: it has a variant of its own; it stays out of the analysis.
 * - `OFF`: the flag is off, killed, or a prerequisite fails.
 * - `OTHER_OVERLAY`: something else that runs on the flag decided.
 * - `ERROR`: the flag cannot be evaluated, or has another type than the default value.
 */
export type AssignmentReason =
  | 'ASSIGNED'
  | 'NOT_RUNNING'
  | 'NOT_READY'
  | 'NO_UNIT'
  | 'NOT_ALLOCATED'
  | 'HELD_OUT'
  | 'NOT_ELIGIBLE'
  | 'TARGETED'
  | 'OVERRIDDEN'
  | 'OFF'
  | 'OTHER_OVERLAY'
  | 'ERROR';

/** What an experiment gives a unit. */
export interface Assignment<T> {
  readonly experimentKey: string;
  /** Undefined where nobody told which flag the experiment is on. */
  readonly flagKey: string | undefined;
  /** Whether the unit takes part. */
  readonly inExperiment: boolean;
  readonly reason: AssignmentReason;
  /** Of the flag; undefined where the default value is used. */
  readonly variant: string | undefined;
  /** What the unit gets, in the experiment or not. */
  readonly value: T;
}

const overlayBuckets = 100_000;

/** `overlay` is undefined where the experiment does not run; it is not trusted. */
export function reasonOf(
  experimentKey: string,
  overlay: Partial<Overlay> | undefined,
  { rule = '', errorCode }: Pick<EvaluationDetails, 'rule' | 'errorCode'>,
  context: unknown,
): AssignmentReason {
  const overlayKey = overlayKeyOf(experimentKey);
  if (rule === `overlay:${overlayKey}`) return 'ASSIGNED';
  if (errorCode === 'PROVIDER_NOT_READY') return 'NOT_READY';
  if (errorCode !== undefined && errorCode !== 'TARGETING_KEY_MISSING') return 'ERROR';
  if (overlay === undefined) return 'NOT_RUNNING';
  if (rule === 'override') return 'OVERRIDDEN';
  if (rule === 'target') return 'TARGETED';
  if (rule === 'off' || rule === 'killed' || rule.startsWith('prerequisite:')) return 'OFF';
  if (rule.startsWith('overlay:')) return 'OTHER_OVERLAY';
  try {
    return absenceOf(overlayKey, overlay, context);
  } catch {
    // A context that cannot be read, a damaged overlay.
    return 'ERROR';
  }
}

function absenceOf(overlayKey: string, overlay: Partial<Overlay>, context: unknown): AssignmentReason {
  const { by, kind, salt, layer, ranges = [], eligibility } = overlay;
  const unit = readUnit(context, by, kind);
  if (unit === undefined) return 'NO_UNIT';
  const bucket = bucketOf(murmur3((salt ?? layer ?? overlayKey) + unit), overlayBuckets);
  if (!ranges.some(({ from, to }) => from <= bucket && bucket < to)) return 'NOT_ALLOCATED';
  return isHeldOut(eligibility, context) ? 'HELD_OUT' : 'NOT_ELIGIBLE';
}

/** An expression as far as it can be a holdout. */
interface Condition {
  readonly op: string;
  readonly of?: Condition | readonly Condition[];
  readonly attribute?: string | readonly string[];
  readonly kind?: string;
  readonly salt?: string;
  readonly value?: unknown;
}

/** Holdouts are percentages that the unit must not be in, beside the experiment's own condition. */
function isHeldOut(eligibility: Expression | undefined, context: unknown): boolean {
  const { op, of } = (eligibility ?? { op: 'none' }) as Condition;
  const parts = op === 'and' && Array.isArray(of) ? (of as readonly Condition[]) : [{ op, of } as Condition];
  return parts.some((part) => part.op === 'not' && isInside(part.of as Condition, context));
}

function isInside({ op, attribute, kind, salt = '', value }: Condition, context: unknown): boolean {
  if (op !== 'percentage' || !salt.startsWith('holdout:')) return false;
  const unit = readUnit(context, attribute, kind);
  return unit !== undefined && bucketOf(murmur3(salt + unit), overlayBuckets) / 1_000 < Number(value);
}
