// The overlay that applies a running rollout: who is in, and what they and the control group get. Pure.
import {
  overlayBuckets,
  type BucketRange,
  type Overlay,
  type OverlayPatch,
  type OverlayTarget,
  type Rollout,
  type Serve,
} from '@org/contract/model';

/** Key of a rollout's overlay, and what outcomes name as their rule behind "overlay:". */
export const rolloutOverlayKey = (rolloutKey: string): string => `rollout:${rolloutKey}`;

/** The buckets that are in with so many of them: always from the front, so that a ramp only grows the range. */
export const rolloutRanges = (buckets: number): readonly BucketRange[] =>
  buckets === 0 ? [] : [{ from: 0, to: buckets }];

/**
 * The overlay of a stage. With a control the overlay holds everybody, and the split has the salt of the overlay itself: the
 * same hash decides, so that the variant's share is the first buckets, exactly as it would be without one.
 */
export function rolloutOverlay(key: string, rollout: Rollout, buckets: number): Overlay {
  const { target, variant, control, eligibility, unit } = rollout;
  const overlayKey = rolloutOverlayKey(key);
  const others = overlayBuckets - buckets;
  const kind = unit === undefined ? {} : { kind: unit };
  const isCompared = control !== undefined && buckets > 0 && others > 0;
  const weights = [
    { variant, weight: buckets },
    { variant: control ?? '', weight: others },
  ];
  return {
    target,
    patch: patchOf(rollout, isCompared ? { split: { weights, salt: overlayKey, ...kind } } : { variant }),
    ...(eligibility === undefined ? {} : { eligibility }),
    ...kind,
    ranges: isCompared ? [{ from: 0, to: overlayBuckets }] : rolloutRanges(buckets),
    mode: 'live',
    description: `Rollout "${key}".`,
  };
}

function patchOf({ target, variant, control, patch = {} }: Rollout, serve: Serve): OverlayPatch {
  if (target.kind === 'flag') return { serve };
  const asItIs = 'split' in serve && control !== undefined ? { [control]: {} } : {};
  return { configPatches: { [variant]: patch, ...asItIs }, serve };
}

/** The key that evaluations of a target go by: a config is evaluated as the flag `config:<key>`. */
export const evaluatedKey = ({ kind, key }: OverlayTarget): string =>
  kind === 'config' ? `config:${key}` : key;
