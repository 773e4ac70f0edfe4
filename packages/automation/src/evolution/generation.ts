// A new round of candidates: proposed by the program's engine from its seed and what it knows, so that the same state proposes
// the same. Pure.
import {
  createEngine,
  createProposer,
  createRandom,
  patchOf,
  type Candidate,
  type EngineEvent,
  type Genome,
} from '@org/evolution';
import type { ConfigPatch, Evolution, EvolutionLife, JsonValue, TriedCandidate } from '@org/contract/model';
import { createCandidateCheck } from '@org/evaluator/config';
import { genomeOf, measured, type Standing } from './genomes.ts';
import type { LiveConfig } from './observations.ts';

const waitingMax = 20;
/** Attempts for each slot: some fail, some wait for an approval. */
const attemptsPerSlot = 6;

/** Candidates of a generation. */
export interface Generation {
  /** They take the slots. */
  readonly trying: readonly TriedCandidate[];
  /** They wait for an approval and hold no slot. */
  readonly waiting: readonly TriedCandidate[];
}

/** Proposes as many candidates as there are slots. */
export function propose(
  program: Evolution,
  standing: Standing,
  config: LiveConfig,
  slots: number,
  log?: (event: EngineEvent) => void,
): Generation {
  const life = program.life!;
  const { space, live } = standing;
  const generation = life.generation + 1;
  const { tierWeights, operators, validation = {} } = program;
  const engine = createEngine(space, {
    ...(tierWeights === undefined ? {} : { tierWeights }),
    ...(operators === undefined ? {} : { operators }),
    ...validation,
  });
  const accepted = acceptedGenomes(life);
  const proposer = createProposer(program.proposer ?? 'choice', {
    ...{ space, live, liveEffect: life.liveEffect, observations: measured(life, standing) },
    movesOfTier: (tier) => engine.movesOfTier(tier, accepted),
    ...(program.safeMargin === undefined ? {} : { safeMargin: Math.log1p(program.safeMargin) }),
  });
  const pipeline = { space, live, checkConfig: createCandidateCheck(config.effective) };
  const random = createRandom(program.seed, 'generation', generation);
  const tried = new Set(life.tried.map(({ id }) => id));
  const parent = life.accepted.at(-1);
  const trying: TriedCandidate[] = [];
  const waiting: TriedCandidate[] = [];
  const room = waitingMax - (life.waiting?.length ?? 0);
  for (let i = 0; i < slots * attemptsPerSlot && trying.length < slots; i++) {
    // Every attempt takes a bounded number of steps; a clock would make two cores propose differently.
    const attempt = engine.propose(pipeline, { tried, accepted }, random, () => 0, {
      suggest: proposer.suggest,
      ...(log === undefined ? {} : { log }),
    });
    if (attempt.candidate === undefined) continue;
    const { candidate, id } = attempt;
    tried.add(id);
    proposer.took(candidate);
    const isWaiting = needsApproval(program, candidate);
    const each = asTried(life, candidate, { id, generation, parent, fate: isWaiting ? 'waiting' : 'trying' });
    if (!isWaiting) trying.push(each);
    else if (waiting.length < room) waiting.push(each);
  }
  return { trying, waiting };
}

const needsApproval = ({ approvals }: Evolution, { mutations }: Candidate): boolean =>
  (approvals?.structural ?? true) && mutations.some(({ tier }) => tier === 'structural');

function asTried(
  { start }: EvolutionLife,
  { genome, mutations, words }: Candidate,
  {
    parent,
    ...rest
  }: Pick<TriedCandidate, 'id' | 'generation' | 'fate'> & {
    readonly parent: string | undefined;
  },
): TriedCandidate {
  return {
    ...rest,
    ...(parent === undefined ? {} : { parent }),
    operators: [...new Set(mutations.map(({ operator }) => operator))],
    words,
    genes: differing(genome, start),
  };
}

const differing = (genome: Genome, start: Genome): { readonly [gene: string]: JsonValue } =>
  Object.fromEntries(
    Object.entries(genome).filter(([id, value]) => JSON.stringify(value) !== JSON.stringify(start[id])),
  );

/** Versions that were live: the start, then what was accepted. */
export const acceptedGenomes = (life: EvolutionLife): readonly Genome[] => [
  life.start,
  ...life.accepted.flatMap((id) => {
    const found = life.tried.find((each) => each.id === id);
    return found === undefined ? [] : [genomeOf(life, found)];
  }),
];

/** The patches of candidates against the config as it is live. */
export const patchesOf = (
  life: EvolutionLife,
  { space, live }: Standing,
  ids: readonly string[],
): ReadonlyMap<string, ConfigPatch> =>
  new Map(
    ids.flatMap((id) => {
      const found = life.tried.find((each) => each.id === id);
      return found === undefined ? [] : [[id, patchOf(space, genomeOf(life, found), live)]];
    }),
  );
