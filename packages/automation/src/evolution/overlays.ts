// The overlays of a running program: one for the trial, one for the holdback, in one layer so that no unit is in both. Pure.
import {
  overlayBuckets,
  type BucketRange,
  type ConfigPatch,
  type Evolution,
  type EvolutionHoldback,
  type EvolutionTrial,
  type JsonObject,
  type Overlay,
} from '@org/contract/model';
import type { ControllerChange } from '../controller.ts';

/** Key of the overlay that applies the candidates of a trial. */
export const evolutionOverlayKey = (key: string): string => `evolution:${key}`;
/** Key of the overlay that keeps some units with the version before. */
export const holdbackOverlayKey = (key: string): string => `evolution:${key}:holdback`;

/** The name of the units that are compared with. */
export const controlArm = 'control';
export const backArm = 'back';

/** Rounded down, but for what floating point took away: the trial and the holdback never touch. */
const bucketsOf = (share: number): number => Math.floor(share * overlayBuckets + 1e-6);

/** The overlay of a trial. Every phase has a salt of its own: who gets what is drawn afresh. */
export function trialOverlay(
  key: string,
  { config }: Evolution,
  trial: EvolutionTrial,
  patches: ReadonlyMap<string, ConfigPatch>,
): Overlay {
  const arms = trial.arms.map(({ candidate, share }) => ({ variant: candidate, weight: bucketsOf(share) }));
  const control = { variant: controlArm, weight: bucketsOf(trial.control) };
  const weights = trial.phase === 'shadow' ? arms : [...arms, control];
  const salt = `${evolutionOverlayKey(key)}:${trial.number}`;
  const covered = weights.reduce((sum, { weight }) => sum + weight, 0);
  return {
    ...base(key, config, [{ from: 0, to: covered }]),
    patch: {
      configPatches: { [controlArm]: {}, ...Object.fromEntries(patches) },
      serve: { split: { weights, salt } },
    },
    mode: trial.phase === 'shadow' ? 'shadow' : 'live',
    description: `Evolution "${key}", ${trial.phase} ${trial.number}.`,
  };
}

/** The overlay of a holdback: as many units with the version before as are compared with them. */
export function holdbackOverlay(key: string, { config }: Evolution, holdback: EvolutionHoldback): Overlay {
  const buckets = bucketsOf(holdback.share);
  const weights = [
    { variant: backArm, weight: buckets },
    { variant: controlArm, weight: buckets },
  ];
  const salt = `${holdbackOverlayKey(key)}:${holdback.number}`;
  return {
    ...base(key, config, [{ from: overlayBuckets - 2 * buckets, to: overlayBuckets }]),
    patch: {
      configPatches: { [backArm]: holdback.back, [controlArm]: {} },
      serve: { split: { weights, salt } },
    },
    mode: 'live',
    description: `Evolution "${key}", holdback ${holdback.number}.`,
  };
}

const base = (
  key: string,
  config: string,
  ranges: readonly BucketRange[],
): Pick<Overlay, 'target' | 'layer' | 'ranges'> => ({
  target: { kind: 'config', key: config },
  layer: evolutionOverlayKey(key),
  ranges,
});

/** The change that puts an overlay there, or takes it away. */
export const overlayChange = (key: string, overlay: Overlay | undefined): ControllerChange => ({
  kind: 'overlay',
  key,
  document: overlay === undefined ? null : (overlay as unknown as JsonObject),
});
