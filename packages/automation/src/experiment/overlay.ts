// The overlay that applies a running experiment: who is in, and which variant they get. Pure.
import {
  overlayBuckets,
  type BucketRange,
  type Experiment,
  type Expression,
  type Holdout,
  type HoldoutScope,
  type Overlay,
  type OverlayPatch,
} from '@org/contract/model';
import { reportedAttributes } from './report.ts';

/** Key of an experiment's overlay, and what exposures name as their rule behind "overlay:". */
export const experimentOverlayKey = (experimentKey: string): string => `experiment:${experimentKey}`;

/** Experiments without a layer have the buckets to themselves; those of one share them. */
const layerName = (layer: string): string => `experiments:${layer}`;

/**
 * Holdouts whose units an experiment leaves out when it starts: those it names, then those whose scope covers it, by
 * key.
 */
export function holdoutsInForce(
  { holdouts: named = [], layer }: Pick<Experiment, 'holdouts' | 'layer'>,
  holdouts: ReadonlyMap<string, Holdout>,
): readonly string[] {
  const covering = [...holdouts]
    .filter(([key, { scope }]) => !named.includes(key) && covers(scope, layer))
    .map(([key]) => key);
  return [...named, ...covering.sort()];
}

const covers = (scope: HoldoutScope | undefined, layer: string | undefined): boolean =>
  scope?.kind === 'environment' || (scope?.kind === 'layer' && scope.layer === layer);

/** The overlay. `holdouts` by their keys: those of the environment. */
export function experimentOverlay(
  key: string,
  experiment: Experiment,
  ranges: readonly BucketRange[],
  holdouts: ReadonlyMap<string, Holdout>,
): Overlay {
  const { target, layer, unit } = experiment;
  const overlayKey = experimentOverlayKey(key);
  const eligibility = eligibilityOf(experiment, holdouts);
  return {
    target,
    patch: patchOf(experiment, overlayKey),
    ...(eligibility === undefined ? {} : { eligibility }),
    ...(layer === undefined ? {} : { layer: layerName(layer) }),
    ...(unit === undefined ? {} : { kind: unit }),
    ranges,
    mode: 'live',
    report: reportedAttributes(experiment),
    description: `Experiment "${key}".`,
  };
}

function patchOf({ target, variants, unit }: Experiment, overlayKey: string): OverlayPatch {
  const weights = variants.map(({ variant, weight }) => ({ variant, weight }));
  // A salt of its own: who is in must not tell which variant they get.
  const salt = `${overlayKey}:variant`;
  const serve = { split: { weights, salt, ...(unit === undefined ? {} : { kind: unit }) } };
  if (target.kind === 'flag') return { serve };
  return {
    configPatches: Object.fromEntries(variants.map(({ variant, patch = {} }) => [variant, patch])),
    serve,
  };
}

function eligibilityOf(
  { eligibility, holdouts: named = [], life, unit }: Experiment,
  holdouts: ReadonlyMap<string, Holdout>,
): Expression | undefined {
  const outside = (life?.holdouts ?? named).map((key): Expression => {
    const holdout = holdouts.get(key);
    return { op: 'not', of: inHoldout(key, holdout, unit) };
  });
  const all = [...(eligibility === undefined ? [] : [eligibility]), ...outside];
  return all.length > 1 ? { op: 'and', of: all } : all[0];
}

/** Whether a unit is held out. Units of other kinds than the holdout's have no key there, and are not. */
function inHoldout(key: string, holdout: Holdout | undefined, unit: string | undefined): Expression {
  const kind = holdout?.unit ?? unit;
  return {
    op: 'percentage',
    attribute: 'targetingKey',
    ...(kind === undefined ? {} : { kind }),
    salt: holdout?.salt ?? `holdout:${key}`,
    value: ((holdout?.allocation ?? 0) * 100) / overlayBuckets,
  };
}
