// Confirmation: one candidate against the live version, at the level it was granted; then the commit, and the holdback after it
// that can take it back. Pure.
import { applyConfigPatch } from '@org/evaluator/config';
import { patchOf } from '@org/evolution';
import type { EvolutionHoldback, EvolutionLife, JsonObject } from '@org/contract/model';
import type { ControllerChange } from '../controller.ts';
import { effectOf, improvement, moreEvents, fewerEvents, type ArmCounts } from './evidence.ts';
import { genomeOf } from './genomes.ts';
import { withoutTrial, withTried } from './life.ts';
import { lostIn } from './losses.ts';
import { controlCounts, countsOf, elapsedMs, type Decision, type Look } from './look.ts';
import { backArm, controlArm, holdbackOverlay, holdbackOverlayKey, overlayChange } from './overlays.ts';
import { learnedFrom, mismatchOf, openGuardrails, percent, type Running } from './phases.ts';

/** Deviations that a candidate may be below what is worth it before it is given up. */
const futileDeviations = 1.3;
const holdbackAlpha = 0.01;

/** Commits, gives up, or waits. */
export function confirmationStep(look: Running): Decision | undefined {
  const { trial, settings, observations, nowMs, isMoreBetter } = look;
  const [arm] = trial.arms;
  const elapsed = elapsedMs(trial, nowMs);
  if (arm === undefined) return undefined;
  if (elapsed < settings.confirmMsMin + settings.delayMs) return undefined;
  const counts = countsOf(observations.objective, trial, arm.candidate);
  const control = controlCounts(observations.objective, trial);
  const logE = improvement(counts, control, { candidate: arm.share, control: trial.control }, isMoreBetter);
  const p = Math.min(1, Math.exp(-logE));
  const proof: Proof = { counts, control, logE, p };
  const mismatch = mismatchOf(look);
  const open = mismatch === undefined ? openGuardrails(look) : [mismatch];
  const isProved = p <= (trial.level ?? 0);
  if (isProved && open.length === 0)
    return isAllowed(look, arm.candidate) ? commit(look, proof) : awaited(look, proof);
  const reasons = giveUpBecause(look, proof);
  if (elapsed >= settings.confirmMsMax + settings.delayMs)
    reasons.push('It was not confirmed in the time it has.', ...open);
  return reasons.length > 0 ? giveUp(look, proof, reasons) : undefined;
}

interface Proof {
  readonly counts: ArmCounts;
  readonly control: ArmCounts;
  readonly logE: number;
  readonly p: number;
}

const evidenceOf = ({ trial }: Running, { counts, control, logE, p }: Proof): JsonObject => ({
  candidate: { units: counts.units, events: counts.events },
  control: { units: control.units, events: control.events },
  ...{ logE, p, level: trial.level ?? 0 },
});

function isAllowed({ program, life }: Running, candidate: string): boolean {
  if (program.approvals?.commits !== true) return true;
  return (life.approved ?? []).some((each) => each.candidate === candidate);
}

/** Proved, and waiting for somebody to say yes: told once. */
function awaited(look: Running, proof: Proof): Decision | undefined {
  const { candidate } = look.trial.arms[0]!;
  const { life } = look;
  if (life.waiting?.includes(candidate) === true) return undefined;
  return {
    action: 'await_approval',
    reasons: [`${candidate} is confirmed and waits for an approval of its commit.`],
    life: { ...life, waiting: [...(life.waiting ?? []), candidate] },
    evidence: evidenceOf(look, proof),
  };
}

function giveUpBecause({ settings, isMoreBetter }: Running, { counts, control }: Proof): string[] {
  const found = effectOf(counts, control, isMoreBetter);
  if (found === undefined) return [];
  const most = found.effect + futileDeviations * Math.sqrt(found.variance);
  return most < Math.log1p(settings.effectMin)
    ? [`It is better by ${percent(Math.expm1(most))} at most, which is not worth it.`]
    : [];
}

function giveUp(look: Running, proof: Proof, reasons: readonly string[]): Decision {
  const { candidate } = look.trial.arms[0]!;
  const level = look.trial.level ?? 0;
  // Not found: its p-value is above its level, whatever the counts say of it beside a mismatch.
  const p = Math.max(proof.p, Math.min(1, level * 2));
  const learned = learnedFrom(look, look.life);
  const life: EvolutionLife = {
    ...withoutTrial(learned, 'not_confirmed'),
    confirmations: [...look.life.confirmations, { candidate, level, p }],
    lostConversions: learned.lostConversions + lostIn(look, look.trial),
  };
  return {
    action: 'not_confirmed',
    reasons,
    life: withoutWaiting(life, candidate),
    evidence: evidenceOf(look, proof),
  };
}

/** Waits no longer, neither for an approval nor with one. */
export const withoutWaiting = (life: EvolutionLife, candidate: string): EvolutionLife => ({
  ...life,
  ...(life.waiting === undefined ? {} : { waiting: life.waiting.filter((id) => id !== candidate) }),
  ...(life.approved === undefined
    ? {}
    : { approved: life.approved.filter((each) => each.candidate !== candidate) }),
});

function commit(look: Running, proof: Proof): Decision {
  const { subject, trial, program, config, settings, nowMs, isMoreBetter } = look;
  const { candidate } = trial.arms[0]!;
  const { space, live } = look.standing();
  const tried = look.life.tried.find(({ id }) => id === candidate)!;
  const genome = genomeOf(look.life, tried);
  const learned = learnedFrom(look, look.life);
  const { effect } = effectOf(proof.counts, proof.control, isMoreBetter) ?? { effect: 0 };
  const number = learned.phases + 1;
  const holdback: EvolutionHoldback = {
    ...{ number, candidate, since: new Date(nowMs).toISOString(), share: settings.holdbackShare },
    back: patchOf(space, live, genome),
    configRevision: config.revision,
    effectBefore: learned.liveEffect,
  };
  const life: EvolutionLife = {
    ...withTried(withoutTrial(learned, 'accepted'), (each) =>
      each.id === candidate ? { ...each, fate: 'accepted' } : each,
    ),
    phases: number,
    accepted: [...learned.accepted, candidate],
    confirmations: [...learned.confirmations, { candidate, level: trial.level ?? 0, p: proof.p }],
    liveEffect: learned.liveEffect + effect,
    lostConversions: learned.lostConversions + lostIn(look, trial),
  };
  const isHeld = settings.holdbackShare > 0 && settings.holdbackMs > 0;
  const changes: readonly ControllerChange[] = [
    configChange(look, applyConfigPatch(config.document, config.effective, patchOf(space, genome, live))),
    ...(isHeld
      ? [overlayChange(holdbackOverlayKey(subject.key), holdbackOverlay(subject.key, program, holdback))]
      : []),
  ];
  const reasons = [
    `${candidate} is better by ${percent(Math.expm1(effect))} (p ${proof.p.toPrecision(2)}, level ${(trial.level ?? 0).toPrecision(2)}).`,
    ...tried.words,
  ];
  const ended = withoutWaiting(life, candidate);
  return {
    ...{ action: 'commit', reasons, changes, evidence: evidenceOf(look, proof) },
    life: isHeld ? { ...ended, holdback } : ended,
  };
}

const configChange = ({ program, config }: Look, document: unknown): ControllerChange => ({
  kind: 'config',
  key: program.config,
  document: document as JsonObject,
  // A person's edit in between wins.
  expectedDocumentRevision: config.revision,
});

/** After a commit: back when it shows that it was none, over when its time is. */
export function holdbackStep(look: Look): Decision | undefined {
  const { life, settings, observations, nowMs, subject, config, isMoreBetter, program } = look;
  const { holdback } = life;
  if (holdback === undefined) return undefined;
  const { holdback: _, ...rest } = life;
  const gone = overlayChange(holdbackOverlayKey(subject.key), undefined);
  const back = countsOf(observations.holdback, holdback, backArm);
  const control = countsOf(observations.holdback, holdback, controlArm);
  const shares = { candidate: holdback.share, control: holdback.share };
  const logE = (isMoreBetter ? moreEvents : fewerEvents)(back, control, shares);
  if (logE >= -Math.log(holdbackAlpha) && back.values === undefined) {
    const values = applyConfigPatch(config.document, config.effective, holdback.back);
    const reverted = withTried(withoutTrial(rest, 'abandoned'), (each) =>
      each.id === holdback.candidate ? { ...each, fate: 'reverted' } : each,
    );
    const accepted = rest.accepted.filter((id) => id !== holdback.candidate);
    return {
      action: 'revert',
      reasons: [`Units with the version before do better (log e ${logE.toFixed(1)}): it comes back.`],
      life: { ...reverted, accepted, liveEffect: holdback.effectBefore },
      evidence: { back: { ...asJson(back) }, live: { ...asJson(control) }, logE },
      changes: [configChange({ ...look, program }, values), gone],
      isUrgent: true,
    };
  }
  if (elapsedMs(holdback, nowMs) < settings.holdbackMs + settings.delayMs) return undefined;
  return {
    action: 'end_holdback',
    reasons: ['The committed version has proved itself.'],
    life: rest,
    changes: [gone],
  };
}

const asJson = ({ units, events }: ArmCounts): JsonObject => ({ units, events });
