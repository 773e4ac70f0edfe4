// Whether a flag can leave the code, by its document and by what was evaluated. Pure: told the time and the counts.
import type { Staleness } from '@org/contract/gen/flags/v1/admin_service';
import type { Flag, Overlay, RuleServe } from '@org/contract/model';
import type { UsageRow } from '../../store/usage-store.ts';

/** What is known about a flag. */
export interface FlagFacts {
  readonly flag: Flag;
  /** The live overlays for it. */
  readonly overlays: readonly Overlay[];
  readonly createdAtMs: number;
  /** Of the flag and its overlays, the latest. */
  readonly changedAtMs: number;
  readonly countingSinceMs: number;
  readonly usage: readonly UsageRow[];
  readonly nowMs: number;
  readonly staleAfterMs: number;
}

export interface Verdict {
  readonly staleness: Staleness;
  /** The variant to keep in the code; "" for none, or for the caller's default. */
  readonly variant: string;
  readonly advice: string;
}

const inUse: Verdict = { staleness: 'STALENESS_NONE', variant: '', advice: '' };

/** The verdict: not evaluated counts before rolled out, and that before one variant. */
export function judgeFlag(facts: FlagFacts): Verdict {
  const { flag, countingSinceMs, changedAtMs, createdAtMs, nowMs, staleAfterMs, usage } = facts;
  const sinceMs = nowMs - staleAfterMs;
  // Kill switches and permanent flags stay in the code on purpose.
  if (createdAtMs > sinceMs || flag.permanent === true || flag.type === 'kill_switch') return inUse;
  const recent = usage.filter(({ lastMs }) => lastMs > sinceMs);
  if (countingSinceMs <= sinceMs && recent.length === 0) {
    const advice = 'Nobody evaluates this flag: see that it is gone from the code, then delete it.';
    return { staleness: 'STALENESS_NOT_EVALUATED', variant: '', advice };
  }
  if (changedAtMs > sinceMs) return inUse;
  const [only, ...others] = servable(flag, facts.overlays);
  if (others.length === 0) return keep('STALENESS_ROLLED_OUT', only, 'serves everybody');
  const [served] = recent;
  if (countingSinceMs > sinceMs || served === undefined || recent.length > 1) return inUse;
  return keep('STALENESS_ONE_VARIANT', served.variant || undefined, 'served everybody who asked');
}

function keep(staleness: Staleness, variant: string | undefined, verb: string): Verdict {
  const kept = variant === undefined ? "the caller's default" : `the variant "${variant}"`;
  const advice = `This flag ${verb} ${kept}: write its value into the code, remove the flag there, then delete it.`;
  return { staleness, variant: variant ?? '', advice };
}

/** The variants that the document can serve, whoever asks; undefined stands for the caller's default. */
function servable(flag: Flag, overlays: readonly Overlay[]): readonly (string | undefined)[] {
  if (flag.killed === true || !flag.enabled) return [flag.offVariant];
  const found = new Set<string | undefined>();
  const add = (serve: RuleServe | undefined): void => {
    if (serve === undefined) found.add(undefined);
    // Logic can name any of them.
    else if ('logic' in serve) for (const variant of Object.keys(flag.variants)) found.add(variant);
    else if ('variant' in serve) found.add(serve.variant);
    else for (const { variant, weight } of serve.split.weights) if (weight > 0) found.add(variant);
  };
  add(flag.default);
  for (const { serve } of flag.rules ?? []) add(serve);
  for (const { variant } of flag.targets ?? []) found.add(variant);
  for (const { patch } of overlays) add(patch.serve);
  if ((flag.prerequisites ?? []).length > 0) found.add(flag.offVariant);
  return [...found];
}
