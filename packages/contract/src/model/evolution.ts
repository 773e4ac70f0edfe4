// Evolution programs: what of a configuration may be changed by trial, by how much, judged by what, inside which budget.
// Documents of an environment. Holds no logic.
import type { BucketRange } from './documents.ts';
import type { ConfigPatch } from './configs.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { TimeWindow } from './rollouts.ts';

export type EvolutionOperator =
  | 'value_swap'
  | 'arithmetic'
  | 'multiplier'
  | 'condition_flip'
  | 'reweight'
  | 'function_substitution'
  | 'structural'
  | 'relational'
  | 'recombination';

/** An operator as a program uses it. */
export interface EvolutionOperatorChoice {
  readonly type: EvolutionOperator;
  /** How often it is taken beside the others of its tier, 0 to 1; 1 when left out. */
  readonly probability?: number;
  /** How far one step goes: of `arithmetic` and `reweight` a share of the span, of `multiplier` and `relational` factors. */
  readonly range?: { readonly min: number; readonly max: number };
  /** Of `arithmetic`; `gaussian` when left out. */
  readonly distribution?: 'gaussian' | 'uniform';
  /** Left out: every gene it can change. */
  readonly genes?: readonly string[];
}

/** A metric that must not get worse. */
export interface EvolutionGuardrail {
  readonly metric: string;
  /** How much worse (relative) is still accepted. Left out: 0.01. */
  readonly margin?: number;
}

export interface EvolutionBudget {
  /** Share of the units that may get a candidate at any time, in percent. */
  readonly trafficPercentage: number;
  /** Candidates tried at the same time; 4 when left out. */
  readonly candidates?: number;
  /** Conversions (of the objective) that all trials together may cost before the program stops. */
  readonly lostConversions?: number;
  /** Rounds of candidates; without end when left out. */
  readonly generations?: number;
  /** Trials begin only inside one of these. Left out: at any time. */
  readonly workingHours?: readonly TimeWindow[];
}

/** How long and on how many units candidates are watched. What is left out has the default that docs/evolution.md names. */
export interface EvolutionStages {
  /** Replay of recorded contexts: the most that may be decided otherwise. */
  readonly simulation?: { readonly flipsMax?: number; readonly effectMin?: number };
  /** Evaluated beside the live version, served to nobody. */
  readonly shadow?: { readonly hours?: number };
  /** Share for each candidate, in percent. */
  readonly canary?: { readonly hours?: number; readonly percentage?: number };
  readonly screening?: { readonly hours?: number };
  readonly confirmation?: {
    readonly hoursMin?: number;
    readonly hoursMax?: number;
    /** Share of the units that get the candidate, and as many that do not, in percent; half of the budget's when left out. */
    readonly percentage?: number;
  };
  /** Units that stay with the version before, in percent. */
  readonly holdback?: { readonly hours?: number; readonly percentage?: number };
}

/** An evolution program. While it runs it is applied by overlays `evolution:<key>…`. */
export interface Evolution {
  /** A config's key. */
  readonly config: string;
  /** Paths of its parameters, and `config rules` for its rules. Left out: everything that declares how it may evolve. */
  readonly genes?: readonly string[];
  readonly objective: {
    readonly metric: string;
    readonly direction?: 'increase' | 'decrease';
    /** Smaller effects (relative) are not worth a trial; 0.01 when left out. */
    readonly effectMin?: number;
    /** How long outcomes take to come in; units count only when they are older. */
    readonly delayHours?: number;
  };
  readonly guardrails?: readonly EvolutionGuardrail[];
  readonly operators?: readonly EvolutionOperatorChoice[];
  /** They sum to 1; 0.5, 0.3 and 0.2 when left out. */
  readonly tierWeights?: {
    readonly parametric: number;
    readonly structural: number;
    readonly relational: number;
  };
  /** `choice`: the model for parameters, the strategy for structure. */
  readonly proposer?: 'random' | 'strategy' | 'model' | 'choice';
  /** Only candidates whose lower bound is no worse than this (relative) are proposed by the model. */
  readonly safeMargin?: number;
  readonly budget: EvolutionBudget;
  /** Probability that the program ever commits a change that is none; 0.05 when left out. */
  readonly alpha?: number;
  /** `spending`: the chance of any such commit. `lord++`: their expected share. */
  readonly errorControl?: 'spending' | 'lord++';
  /** Left out: structural candidates wait for one. */
  readonly approvals?: { readonly structural?: boolean; readonly commits?: boolean };
  readonly validation?: { readonly retries?: number; readonly timeoutSeconds?: number };
  readonly stages?: EvolutionStages;
  readonly log?: { readonly mutations?: boolean; readonly validation?: boolean };
  /** Everything random follows from it. */
  readonly seed: number;
  readonly description?: string;
  readonly owner?: string;
  readonly tags?: readonly string[];
  /** Written by the server only. */
  readonly life?: EvolutionLife;
}

export type EvolutionState = 'draft' | 'running' | 'stopped' | 'completed';

/** How a program stands. Written by the server only; left out: a draft. */
export interface EvolutionLife {
  readonly state: EvolutionState;
  readonly startedAt: string;
  readonly startedBy: string;
  /** The genome it started with. */
  readonly start: { readonly [gene: string]: JsonValue };
  /** Rounds begun. */
  readonly generation: number;
  /** Phases and holdbacks begun: each has a number, by which its observations are counted. */
  readonly phases: number;
  /** What is tried now. */
  readonly trial?: EvolutionTrial;
  /** After a commit, until it has proved itself. */
  readonly holdback?: EvolutionHoldback;
  /** Everything learned, a candidate once. */
  readonly tried: readonly TriedCandidate[];
  /** Ids of accepted candidates, in order. */
  readonly accepted: readonly string[];
  /** Confirmations in order: the level each was granted, and its outcome. */
  readonly confirmations: readonly {
    readonly candidate: string;
    readonly level: number;
    readonly p: number;
  }[];
  /** The live version's effect against the start, as a log ratio. */
  readonly liveEffect: number;
  /** Conversions that trials cost so far, as estimated. */
  readonly lostConversions: number;
  /** Proposals waiting for an approval, and approvals given. */
  readonly waiting?: readonly string[];
  readonly approved?: readonly { readonly candidate: string; readonly by: string; readonly at: string }[];
  readonly last: EvolutionEntry;
}

export type EvolutionPhase = 'shadow' | 'canary' | 'screening' | 'confirmation';

/** Candidates that are being tried. */
export interface EvolutionTrial {
  /** Which phase of the program this is, from 1: observations are counted by it. */
  readonly number: number;
  readonly phase: EvolutionPhase;
  readonly since: string;
  /** The config's revision the candidates are patches of. */
  readonly configRevision: number;
  readonly arms: readonly EvolutionArm[];
  /** Share of the units without a candidate that are compared with, 0 to 1. */
  readonly control: number;
  /** The level of the confirmation. */
  readonly level?: number;
  /** When the allocation was drawn last. */
  readonly allocatedAt?: string;
}

export interface EvolutionArm {
  /** A candidate's id. */
  readonly candidate: string;
  /** Share of all units, 0 to 1. */
  readonly share: number;
  readonly ranges?: readonly BucketRange[];
}

export interface EvolutionHoldback {
  readonly number: number;
  readonly candidate: string;
  readonly since: string;
  readonly share: number;
  /** What brings the version before back. */
  readonly back: ConfigPatch;
  readonly configRevision: number;
  /** The live effect before. */
  readonly effectBefore: number;
}

/** A candidate with its lineage. */
export interface TriedCandidate {
  readonly id: string;
  readonly generation: number;
  /** The accepted candidate it was made of; left out: the version the program started with. */
  readonly parent?: string;
  readonly operators: readonly EvolutionOperator[];
  readonly words: readonly string[];
  /** Values of the genes that differ from the start. */
  readonly genes: { readonly [gene: string]: JsonValue };
  /** Log ratio against the start, and its variance; left out before it was measured. */
  readonly effect?: number;
  readonly variance?: number;
  readonly fate: EvolutionFate;
}

export type EvolutionFate =
  'waiting' | 'trying' | 'screened' | 'harmful' | 'not_confirmed' | 'accepted' | 'reverted' | 'abandoned';

/** One step of a program, with what it rests on. */
export interface EvolutionEntry {
  readonly at: string;
  readonly by: string;
  readonly action: string;
  readonly reasons: readonly string[];
  readonly evidence?: JsonObject;
}
