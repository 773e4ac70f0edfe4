// The methods that may stop an experiment by themselves, each as a question at one look: reject now, go on, or not enough events yet.
import {
  addLook,
  asymptoticBounds,
  asymptoticSequence,
  boundaryLimits,
  concentrationFor,
  countEvidence,
  enoughEvidence,
  groupSequentialDesign,
  meanDifference,
  mixtureSprt,
  noLooks,
  pooledZTest,
  sequenceLimits,
  varianceOf,
  type AlwaysValid,
  type BoundaryFamily,
  type EvidenceLimits,
} from '@org/stats';
import type { Path } from './paths.ts';
import { alpha, fixedDrift, increments, lookEnds, unitMoments, type Scenario } from './scenarios.ts';

/** The answer at one look. */
export type Verdict = 'reject' | 'go on' | 'not enough';

/** A method at work on one path. */
export interface Monitor {
  look(path: Path, index: number): Verdict;
}

/** A method; `start` makes a fresh monitor for a path. */
export interface Method {
  readonly name: string;
  readonly start: (scenario: Scenario, looks: number) => Monitor;
}

const boundaries = {
  pocock: { kind: 'pocock' },
  'obrien-fleming': { kind: 'obrien-fleming' },
  'lan-demets-pocock': { kind: 'lan-demets-pocock' },
  'lan-demets-obrien-fleming': { kind: 'lan-demets-obrien-fleming' },
} as const satisfies Readonly<Record<string, BoundaryFamily>>;

/** A fixed test at every look: a warning, no method. */
const naive: Method = {
  name: 'naive',
  start: () => ({ look: (path) => (isBeyond(path, 1.959963984540054) ? 'reject' : 'go on') }),
};

/** A fixed test at the last look: what the others are compared with. */
const fixed: Method = {
  name: 'fixed',
  start: (_, looks) => ({
    look: (path, index) => (index === looks - 1 && isBeyond(path, 1.959963984540054) ? 'reject' : 'go on'),
  }),
};

const mixture: Method = {
  name: 'mixture-sprt',
  start: (scenario) => {
    const mixingVariance = (fixedDrift * finalError(scenario)) ** 2;
    return alwaysValid((path) => mixtureSprt(estimateOf(path), { mixingVariance, alpha }));
  },
};

const sequence: Method = {
  name: 'asymptotic-cs',
  start: ({ units }) =>
    alwaysValid((path) => asymptoticSequence(sequenceLook(path), { alpha, unitsTuned: units })),
};

/** Guardrails: is treatment worse? */
const sequenceOneSided: Method = {
  name: 'asymptotic-cs-one-sided',
  start: ({ units }) => ({
    look(path) {
      if (!isEnough(path)) return 'not enough';
      const bounds = asymptoticBounds(sequenceLook(path), { alpha, unitsTuned: units });
      return bounds !== null && bounds.upperBound < 0 ? 'reject' : 'go on';
    },
  }),
};

/** Conversions or purchases per arm against the arms' shares. */
const counts: Method = {
  name: 'count-e-process',
  start: ({ share, relativeEffect }) => {
    const weights = [1 - share, share];
    const concentration = concentrationFor(weights, relativeEffect);
    return alwaysValid(
      ({ control, treatment }) => countEvidence([control.events, treatment.events], weights, concentration),
      false,
    );
  },
};

/** Units per arm against the arms' shares. */
const sampleRatio: Method = {
  name: 'srm-sequential',
  start: ({ share }) => {
    const weights = [1 - share, share];
    return alwaysValid(
      ({ control, treatment }) => countEvidence([control.units, treatment.units], weights),
      false,
    );
  },
};

const groupSequential: readonly Method[] = Object.keys(boundaries).map((name) => ({
  name,
  start: (_, looks) => {
    const bounds = boundsOf(name as keyof typeof boundaries, looks);
    return {
      look(path, index) {
        if (!isEnough(path, boundaryLimits)) return 'not enough';
        return isBeyond(path, bounds[index]!) ? 'reject' : 'go on';
      },
    };
  },
}));

/** All methods for a scenario. */
export function methodsFor({ metric, effect }: Scenario): readonly Method[] {
  const isCounted = metric.kind === 'conversion' || metric.bought < 1;
  return [
    ...(effect === 0 ? [naive, sampleRatio] : [fixed]),
    mixture,
    sequence,
    // It watches for the worse: an improvement is nothing to it.
    ...(effect <= 0 ? [sequenceOneSided] : []),
    ...(isCounted ? [counts] : []),
    ...groupSequential,
  ];
}

const known = new Map<string, readonly number[]>();

/** Boundaries of a plan, computed once. */
export function boundsOf(name: keyof typeof boundaries, looks: number): readonly number[] {
  const key = `${name} ${looks}`;
  let bounds = known.get(key);
  if (bounds === undefined) {
    const information = lookEnds(looks).map((end) => end / increments);
    bounds = groupSequentialDesign({ family: boundaries[name], information, alpha, sides: 2 }).zBounds;
    known.set(key, bounds);
  }
  return bounds;
}

/** All boundaries for numbers of looks, to be handed to threads. */
export function computeBounds(lookCounts: readonly number[]): ReadonlyMap<string, readonly number[]> {
  for (const looks of lookCounts)
    for (const name of Object.keys(boundaries)) boundsOf(name as keyof typeof boundaries, looks);
  return known;
}

/** Takes boundaries over that another thread computed. */
export function takeBounds(bounds: ReadonlyMap<string, readonly number[]>): void {
  for (const [key, value] of bounds) known.set(key, value);
}

function alwaysValid(evidence: (path: Path) => { readonly logE: number } | null, isGated = true): Monitor {
  let state: AlwaysValid = noLooks;
  return {
    look(path) {
      if (isGated && !isEnough(path)) return 'not enough';
      state = addLook(state, evidence(path), alpha);
      return state.firstRejection === null ? 'go on' : 'reject';
    },
  };
}

function isEnough(path: Path, limits: EvidenceLimits = sequenceLimits): boolean {
  const known = path.asked.get(limits);
  if (known !== undefined) return known;
  const { isEnough } = enoughEvidence(path.control, path.treatment, limits);
  path.asked.set(limits, isEnough);
  return isEnough;
}

function estimateOf({ control, treatment }: Path): {
  readonly difference: number;
  readonly standardError: number;
} {
  const variance =
    (varianceOf(control.moments) ?? 0) / control.units +
    (varianceOf(treatment.moments) ?? 0) / treatment.units;
  return {
    difference: meanDifference(control.moments, treatment.moments) ?? 0,
    standardError: Number.isFinite(variance) ? Math.sqrt(variance) : 0,
  };
}

function sequenceLook(path: Path): Parameters<typeof asymptoticSequence>[0] {
  const { difference, standardError } = estimateOf(path);
  return { units: path.control.units + path.treatment.units, estimate: difference, standardError };
}

/** |z| at least a bound: pooled for conversions, Welch's for revenue. */
function isBeyond(path: Path, bound: number): boolean {
  const { control, treatment } = path;
  if (control.units === 0 || treatment.units === 0) return false;
  const { difference, standardError } = isBinary(path)
    ? pooledZTest(
        { successes: control.events, trials: control.units },
        { successes: treatment.events, trials: treatment.units },
      )
    : estimateOf(path);
  return standardError > 0 && Math.abs(difference) >= bound * standardError;
}

/** Conversions have moments about 0. */
function isBinary({ control }: Path): boolean {
  return control.moments.origin === 0 && control.moments.offset === control.events / control.units;
}

/** Standard error of the difference at the planned end. */
function finalError({ metric, share, units }: Scenario): number {
  return unitMoments(metric).sd / Math.sqrt(units * share * (1 - share));
}
