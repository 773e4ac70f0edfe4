// Rollouts as applications see them: whether a unit has what is rolled out. Learnt from the overlays of the state that runs.
import type { EvaluationContext, Overlay } from '@org/contract/model';
import type { Evaluator } from '@org/evaluator';
import { configFlagKey } from '@org/evaluator/config';
import type { ExperimentOverlays } from './experiments.ts';

const prefix = 'rollout:';
/** Rollouts that were asked for; an application has few. */
const rolloutsMax = 1_000;

/** Whether the overlay applies a rollout. */
export const isRolloutOverlay = (overlayKey: string): boolean => overlayKey.startsWith(prefix);

/** `inRollout` of a client. Never throws. */
export function rolloutMethod(
  evaluator: Evaluator,
  overlays: Pick<ExperimentOverlays, 'get'>,
): (key: string, context: EvaluationContext) => boolean {
  const known = new Map<string, { readonly flagKey: string; readonly variant: string }>();
  return (key, context) => {
    const overlay = overlays.get(`${prefix}${key}`) as Overlay | undefined;
    const serve = overlay !== undefined && 'serve' in overlay.patch ? overlay.patch.serve : undefined;
    if (overlay !== undefined && serve !== undefined) {
      const variant = 'split' in serve ? serve.split.weights[0]?.variant : serve.variant;
      if (known.size >= rolloutsMax) known.clear();
      const { kind, key: target } = overlay.target;
      const flagKey = kind === 'config' ? configFlagKey(target) : target;
      if (variant !== undefined) known.set(key, { flagKey, variant });
    }
    const rollout = known.get(key);
    if (rollout === undefined) return false;
    // When it is over, the flag itself says whether it was shipped or taken back.
    return evaluator.evaluate(rollout.flagKey, context).variant === rollout.variant;
  };
}
