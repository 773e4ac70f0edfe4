// Proposals: one attempt finds one candidate that passes the whole pipeline and was never tried, or says why none was found.
// Pure: chance and time come as arguments; the same seed and state propose the same.
import type { Genome, Space } from '../space/gene.ts';
import { movesOf, type OperatorChoice, type WeightedMove } from '../operators/catalogue.ts';
import { isSame, type Tier } from '../operators/move.ts';
import { recombinationsIn } from '../operators/recombination.ts';
import type { Random } from '../random.ts';
import { genomeId, unchanged, withEdits, type Candidate } from './candidate.ts';
import type { EngineEvent } from './log.ts';
import type { AttemptOutcome } from './statistics.ts';
import { drawMove, drawTier, renormalised, usualTierWeights, type TierWeights } from './tiers.ts';
import { validate, type Pipeline, type ValidationProblem } from './validate.ts';

/** How a program wants proposals made. */
export interface EngineSettings {
  readonly tierWeights?: TierWeights;
  readonly operators?: readonly OperatorChoice[];
  /** 1 to 10; 3 when left out. */
  readonly retries?: number;
  /** 1 to 30; 5 when left out. */
  readonly timeoutSeconds?: number;
}

/** What an attempt knows. */
export interface ProposalState {
  /** Names of genomes that were tried or wait to be. */
  readonly tried: ReadonlySet<string>;
  /** Versions that were live once, the newest last. */
  readonly accepted: readonly Genome[];
}

/** Finds a genome for a tier; undefined where it finds none. */
export type Suggest = (tier: Tier, moves: readonly WeightedMove[], random: Random) => Candidate | undefined;

export type Attempt =
  | { readonly candidate: Candidate; readonly id: string; readonly outcome: AttemptOutcome }
  | { readonly candidate?: undefined; readonly reason: string; readonly outcome: AttemptOutcome };

/** The ready part of an engine: the moves of a space, and the shares of its tiers. */
export interface Engine {
  readonly space: Space;
  readonly shares: TierWeights;
  /** One attempt. `suggest`: the proposer; one mutation of the live genome when left out. */
  propose(
    pipeline: Pipeline,
    state: ProposalState,
    random: Random,
    nowMs: () => number,
    options?: { readonly suggest?: Suggest; readonly log?: (event: EngineEvent) => void },
  ): Attempt;
  movesOfTier(tier: Tier, accepted: readonly Genome[]): readonly WeightedMove[];
}

const usualRetries = 3;
const usualTimeoutSeconds = 5;

/** Prepares proposals in a space. */
export function createEngine(space: Space, settings: EngineSettings = {}): Engine {
  const { tierWeights = usualTierWeights, retries = usualRetries } = settings;
  const timeoutMs = (settings.timeoutSeconds ?? usualTimeoutSeconds) * 1000;
  const moves = movesOf(space, settings.operators);
  const byTier = {
    parametric: moves.filter(({ move }) => move.tier === 'parametric'),
    structural: moves.filter(({ move }) => move.tier === 'structural'),
    relational: moves.filter(({ move }) => move.tier === 'relational'),
  };
  const recombination = settings.operators?.find(({ type }) => type === 'recombination');
  const weightOfRecombination =
    settings.operators === undefined ? 1 : recombination === undefined ? 0 : (recombination.probability ?? 1);
  const shares = renormalised(tierWeights, moves);
  const movesOfTier: Engine['movesOfTier'] = (tier, accepted) =>
    tier !== 'relational' || weightOfRecombination <= 0 || accepted.length < 2
      ? byTier[tier]
      : [
          ...byTier[tier],
          ...recombinationsIn(space, accepted).map((move) => ({ move, weight: weightOfRecombination })),
        ];
  return {
    space,
    shares,
    movesOfTier,
    propose(pipeline, state, random, nowMs, { suggest = mutateOf(pipeline.live), log } = {}) {
      const startMs = nowMs();
      // With versions to recombine there is a relational tier, even if nothing is coupled.
      const all =
        state.accepted.length < 2 ? moves : [...moves, ...movesOfTier('relational', state.accepted)];
      const tier = drawTier(state.accepted.length < 2 ? shares : renormalised(tierWeights, all), random);
      const ofTier = movesOfTier(tier, state.accepted);
      log?.({ level: 'info', event: 'attempt', tier });
      let reason = 'nothing to change';
      let rejected = 0;
      let known: Candidate | undefined;
      // From what was tried one step further: near the live genome there may be nothing new, nor in a small tier.
      const further = (from: Candidate, own: readonly WeightedMove[], tries: number): Candidate | undefined =>
        mutated(from, tries === 1 || byTier.parametric.length === 0 ? own : byTier.parametric, random);
      for (let tries = 0; tries <= retries; tries++) {
        if (nowMs() - startMs > timeoutMs) {
          reason = 'timeout';
          break;
        }
        const candidate = known === undefined ? suggest(tier, ofTier, random) : further(known, ofTier, tries);
        if (candidate === undefined) continue;
        const { id, problems } = judge(pipeline, state, candidate);
        if (problems.length === 0) {
          const operators = candidate.mutations.map(({ operator }) => operator);
          log?.({ level: 'info', event: 'success', tier, operators, words: candidate.words });
          const outcome = { tier, operators, isSuccess: true, rejected, tookMs: nowMs() - startMs };
          return { candidate, id, outcome };
        }
        rejected += 1;
        const { stage, rule, path, message } = problems[0]!;
        reason = `${stage}: ${rule}`;
        known = stage === 'duplicate' ? candidate : known;
        log?.({ level: 'warning', event: 'validation_failed', tier, stage, rule, path, message });
      }
      log?.({ level: 'info', event: 'failure', tier, reason });
      const outcome = { tier, operators: [], isSuccess: false, rejected, tookMs: nowMs() - startMs };
      return { reason, outcome };
    },
  };
}

function judge(
  pipeline: Pipeline,
  { tried }: ProposalState,
  { genome }: Candidate,
): { readonly id: string; readonly problems: readonly ValidationProblem[] } {
  const id = genomeId(pipeline.space, genome);
  const { space, live } = pipeline;
  const isKnown = tried.has(id) || space.genes.every((gene) => isSame(genome[gene.id]!, live[gene.id]!));
  if (isKnown)
    return {
      id,
      problems: [{ stage: 'duplicate', path: '', rule: 'duplicate', message: 'It was tried before.' }],
    };
  return { id, problems: validate(pipeline, genome) };
}

/** One move of the tier on a genome. */
export const mutateOf =
  (genome: Genome): Suggest =>
  (_tier, moves, random) =>
    mutated(unchanged(genome), moves, random);

/** The candidate after one more move; undefined where the drawn move can do nothing. */
export function mutated(
  candidate: Candidate,
  moves: readonly WeightedMove[],
  random: Random,
): Candidate | undefined {
  const move = drawMove(moves, random);
  const edits = move?.make(candidate.genome, random);
  if (move === undefined || edits === undefined || edits.length === 0) return undefined;
  return withEdits(
    candidate,
    { operator: move.operator, tier: move.tier, genes: edits.map(({ gene }) => gene) },
    edits,
  );
}
