// The phases of a trial: shadow, canary, screening, confirmation. Each says what is due, or nothing. Pure.
import { createRandom } from '@org/evolution';
import { countEvidence, nextOnlineLevel } from '@org/stats';
import type { EvolutionArm, EvolutionLife, EvolutionTrial, TriedCandidate } from '@org/contract/model';
import { effectOf, harm, moreEvents, nonInferiority, pooled, type Effect, type Shares } from './evidence.ts';
import { judged, type Judged } from './genomes.ts';
import { withoutTrial, withTried } from './life.ts';
import { controlCounts, countsOf, elapsedMs, nextTrial, type Decision, type Look } from './look.ts';
import { lostIn } from './losses.ts';
import { topTwoShares } from './top-two.ts';

/** Errors of canaries and harm in them: as unlikely without harm as this, for all candidates of a phase together. */
export const harmAlpha = 0.01;
const mismatchAlpha = 0.001;
/** A candidate is confirmed only if it seems to be better with this probability, in deviations. */
const promisingDeviations = 0.8;
const reallocateMs = 24 * 3_600_000;
const errorRatios = [1.25, 1.5, 2, 3, 6, 15, 40];

export type Running = Look & { readonly trial: EvolutionTrial };

/** Shadow: nobody is served; what failed there is taken out, the rest goes into the canary. */
export function shadowStep(look: Running): Decision | undefined {
  const { trial, settings, life, nowMs } = look;
  if (elapsedMs(trial, nowMs) < settings.shadowMs) return undefined;
  const share = settings.canaryShare;
  const arms = trial.arms.map(({ candidate }) => ({ candidate, share }));
  const control = Math.max(0, Math.min(1, 1 - 2 * settings.holdbackShare) - share * arms.length);
  const next = nextTrial(look, life, 'canary', arms, control);
  const reasons = [`Nothing failed in the shadow: ${arms.length} candidates get ${percent(share)} each.`];
  return { action: 'canary', reasons, life: { ...life, phases: next.number, trial: next } };
}

/** Canary: small shares, until nothing speaks against it. Harm is seen to at every look, before this. */
export function canaryStep(look: Running): Decision | undefined {
  const { trial, settings, life, nowMs } = look;
  if (elapsedMs(trial, nowMs) < settings.canaryMs) return undefined;
  const count = trial.arms.length;
  // The live version keeps at least as many units as a candidate has.
  const usable = 1 - 2 * settings.holdbackShare;
  const total = Math.min(settings.traffic, (usable * count) / (count + 1));
  const arms = trial.arms.map(({ candidate }) => ({ candidate, share: total / count }));
  const next = nextTrial(look, life, 'screening', arms, usable - total);
  const reasons = [`The canary did no harm that shows: ${count} candidates share ${percent(total)}.`];
  return { action: 'screen', reasons, life: { ...life, phases: next.number, trial: next } };
}

/** Screening: traffic goes to whoever may be best; at its end the most promising one is confirmed, or the next round begins. */
export function screeningStep(look: Running): Decision | undefined {
  const { trial, settings, nowMs } = look;
  if (elapsedMs(trial, nowMs) >= settings.screeningMs + settings.delayMs) return screened(look);
  if (nowMs - Date.parse(trial.allocatedAt ?? trial.since) < reallocateMs || trial.arms.length < 2)
    return undefined;
  return reallocated(look);
}

function reallocated({ trial, life, program, observations, nowMs, isMoreBetter }: Running): Decision {
  const control = controlCounts(observations.objective, trial);
  const effects = trial.arms.map(({ candidate }) =>
    effectOf(countsOf(observations.objective, trial, candidate), control, isMoreBetter),
  );
  const total = trial.arms.reduce((sum, { share }) => sum + share, 0);
  const random = createRandom(program.seed, 'allocation', trial.number, trial.allocatedAt ?? '');
  const arms: readonly EvolutionArm[] = topTwoShares(effects, random).map((part, index) => ({
    candidate: trial.arms[index]!.candidate,
    share: part * total,
  }));
  const next = { ...trial, arms, allocatedAt: new Date(nowMs).toISOString() };
  const reasons = arms.map(({ candidate, share }) => `${candidate} gets ${percent(share)}.`);
  return { action: `allocate ${next.allocatedAt}`, reasons, life: { ...life, trial: next } };
}

function screened(look: Running): Decision {
  const { trial, program } = look;
  const learned = learnedFrom(look, look.life);
  const life: EvolutionLife = {
    ...withoutTrial(learned, 'screened'),
    lostConversions: learned.lostConversions + lostIn(look, trial),
  };
  const candidates = life.tried.filter(({ fate, effect }) => fate === 'screened' && effect !== undefined);
  const best = mostPromising(look, judged({ ...program, life }, look.standing(), candidates));
  if (best === undefined)
    return { action: 'screened', reasons: ['No candidate is promising enough to be confirmed.'], life };
  return confirm(look, life, best);
}

function mostPromising({ settings }: Look, all: readonly Judged[]): Judged | undefined {
  const least = Math.log1p(settings.effectMin);
  return all
    .filter(({ mean, variance }) => mean - promisingDeviations * Math.sqrt(variance) > least)
    .reduce<Judged | undefined>(
      (best, each) => (best === undefined || each.mean > best.mean ? each : best),
      undefined,
    );
}

function confirm(look: Running, life: EvolutionLife, { tried, mean, variance }: Judged): Decision {
  const { settings } = look;
  const share = settings.confirmShare;
  const level = nextOnlineLevel(
    life.confirmations.map(({ p }) => p),
    settings.method,
    settings.alpha,
  );
  const next = { ...nextTrial(look, life, 'confirmation', [{ candidate: tried.id, share }], share), level };
  const deviation = Math.sqrt(variance);
  const reasons = [
    `${tried.id} seems to be better by ${percent(Math.expm1(mean))} (± ${percent(deviation)}).`,
    `It is confirmed on units drawn afresh, at level ${level.toPrecision(3)}.`,
  ];
  return {
    ...{ action: 'confirm', reasons },
    life: {
      ...withTried(life, (each) => (each.id === tried.id ? { ...each, fate: 'trying' } : each)),
      phases: next.number,
      trial: next,
    },
  };
}

/** What the counts of the running phase teach, kept with the candidates. */
export function learnedFrom(
  { trial, observations, isMoreBetter }: Running,
  life: EvolutionLife,
): EvolutionLife {
  const control = controlCounts(observations.objective, trial);
  return withTried(life, (each): TriedCandidate => {
    if (!trial.arms.some(({ candidate }) => candidate === each.id)) return each;
    const found = effectOf(countsOf(observations.objective, trial, each.id), control, isMoreBetter);
    if (found === undefined) return each;
    const now: Effect = { ...found, effect: found.effect + life.liveEffect };
    const before =
      each.effect === undefined || each.variance === undefined
        ? undefined
        : { effect: each.effect, variance: each.variance };
    return { ...each, ...pooled(now, before) };
  });
}

/** Candidates that do harm: errors, the objective, guardrails, alarms. By candidate, why. */
export function harmful(look: Running): ReadonlyMap<string, string> {
  const { trial, observations, program } = look;
  const found = new Map<string, string>();
  const threshold = Math.log(trial.arms.length / harmAlpha);
  for (const { candidate, share } of trial.arms) {
    const alarm = observations.alarms[candidate] ?? observations.refusedBySimulation[candidate];
    if (alarm !== undefined) found.set(candidate, alarm);
    // While shares change, whose turn events came in is no coin with fixed odds.
    if (trial.phase !== 'canary' && trial.phase !== 'confirmation') continue;
    const shares: Shares = { candidate: share, control: trial.control };
    const { errors, objective, guardrails } = observations;
    const failures = moreEvents(countsOf(errors, trial, candidate), controlCounts(errors, trial), shares, {
      ratios: errorRatios,
    });
    if (failures >= threshold) found.set(candidate, `More of its calls fail (log e ${failures.toFixed(1)}).`);
    const arm = countsOf(objective, trial, candidate);
    const worse = harm(arm, controlCounts(objective, trial), shares, look.isMoreBetter);
    if (arm.values === undefined && worse >= threshold)
      found.set(candidate, `The objective got worse (log e ${worse.toFixed(1)}).`);
    for (const { metric } of program.guardrails ?? []) {
      const counts = guardrails[metric];
      if (counts === undefined) continue;
      const logE = harm(
        countsOf(counts, trial, candidate),
        controlCounts(counts, trial),
        shares,
        counts.isMoreBetter,
      );
      if (logE >= threshold) found.set(candidate, `"${metric}" got worse (log e ${logE.toFixed(1)}).`);
    }
  }
  return found;
}

/** Why nothing may be concluded from the groups: they have not the sizes they should have. */
export function mismatchOf({ trial, observations: { objective } }: Running): string | undefined {
  const arms = [...trial.arms.map(({ candidate, share }) => ({ candidate, share }))];
  const counts = [
    ...arms.map(({ candidate }) => countsOf(objective, trial, candidate).units),
    controlCounts(objective, trial).units,
  ];
  const weights = [...arms.map(({ share }) => share), trial.control];
  const isJudged = trial.phase === 'canary' || trial.phase === 'confirmation';
  if (!isJudged || counts.every((count) => count === 0)) return undefined;
  const { logE } = countEvidence(counts, weights);
  return logE >= -Math.log(mismatchAlpha)
    ? `The groups have not the sizes they should have (sample ratio mismatch, log e ${logE.toFixed(1)}).`
    : undefined;
}

/** Guardrails that have not shown yet that they hold. */
export function openGuardrails({ program, observations, trial, settings }: Running): readonly string[] {
  const [arm] = trial.arms;
  return (program.guardrails ?? []).flatMap(({ metric, margin = 0.01 }) => {
    const counts = observations.guardrails[metric];
    if (counts === undefined || arm === undefined) return [`Nothing is known of "${metric}".`];
    const shares = { candidate: arm.share, control: trial.control };
    const logE = nonInferiority(
      countsOf(counts, trial, arm.candidate),
      controlCounts(counts, trial),
      shares,
      { margin, isMoreBetter: counts.isMoreBetter },
    );
    const isShown = logE >= -Math.log(settings.alpha);
    return isShown ? [] : [`"${metric}" has not shown yet that it is within ${percent(margin)}.`];
  });
}

/** A share in a sentence. */
export const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;
