// What would become of an evolution program on made-up units: the controller itself, with a store, a clock and traffic that are
// none. Pure. Tests let it crash at every step; the benchmark counts what it ships.
import { genomeId, type Genome } from '@org/evolution';
import { effectiveConfig } from '@org/evaluator/config';
import type { Config, Evolution, EvolutionLife, JsonValue } from '@org/contract/model';
import type { CommitRefusal, ControllerCommit } from '../controller.ts';
import type { ArmCounts } from '../evolution/evidence.ts';
import { genomeOf, liveGenome, standingOf } from '../evolution/genomes.ts';
import { startedLife } from '../evolution/life.ts';
import type { EvolutionObservations, LiveConfig, PhaseCounts } from '../evolution/observations.ts';
import { backArm, controlArm } from '../evolution/overlays.ts';
import { stepEvolution } from '../evolution/step.ts';
import { binomial, type Chance } from './chance.ts';

/** The world that a program acts in. */
export interface EvolutionWorld {
  /** True rate of conversions of a genome on a day. */
  rateOf(genome: Genome, day: number): number;
  readonly unitsPerDay: number;
  readonly days: number;
  readonly stepHours: number;
  /** Mean days that a conversion takes to come in; 0: at once. */
  readonly delayDays: number;
  /** Called between the decision and its commit: a crash, a second core, a person's edit. */
  readonly interfere?: (
    store: EvolutionStore,
    commit: ControllerCommit,
  ) => 'crash' | 'commit' | 'lost_answer';
}

/** A document with the revision that changed it last. */
interface Held<T> {
  readonly document: T;
  readonly revision: number;
}

/** The environment, as far as the program is concerned. */
export interface EvolutionStore {
  readonly revision: number;
  program: Held<Evolution>;
  config: Held<Config>;
  readonly overlays: ReadonlyMap<string, unknown>;
  /** As the core does it: once by its name, all or nothing, only on the revisions it expects. */
  commit(commit: ControllerCommit): 'done' | 'known' | 'refused';
  /** A person's edit. */
  edit(config: Config): void;
}

/** A change that was shipped. */
export interface ShippedChange {
  readonly day: number;
  /** True relative effect when it was shipped. */
  readonly lift: number;
  readonly isReverted: boolean;
}

export interface EvolutionOutcome {
  /** True relative effect of what is live at the end against the start. */
  readonly finalLift: number;
  /** The same over all units of all days. */
  readonly usersMeanLift: number;
  readonly shipped: readonly ShippedChange[];
  /** Conversions that units with worse candidates did not make. */
  readonly lostConversions: number;
  /** The largest share of units that had a candidate at one time. */
  readonly trafficMost: number;
  readonly generations: number;
  readonly life: EvolutionLife;
}

const key = 'simulated';
const dayMs = 86_400_000;
/** Monday, 2 March 2026. */
const beginMs = Date.UTC(2026, 2, 2);

/** A store with a program that has just been started. */
export function createEvolutionStore(program: Evolution, config: Config): EvolutionStore {
  const live = liveOf(program, { document: config, revision: 1 });
  const start = liveGenome(program, live);
  const life = startedLife(start, { by: 'simulation', atMs: beginMs, reasons: [] });
  const overlays = new Map<string, unknown>();
  const known = new Set<string>();
  let revision = 2;
  const store: EvolutionStore = {
    get revision() {
      return revision;
    },
    program: { document: { ...program, life }, revision: 2 },
    config: { document: config, revision: 1 },
    overlays,
    edit(document) {
      revision += 1;
      store.config = { document, revision };
    },
    commit({ step, changes }) {
      const name = `${store.program.revision} ${step}`;
      if (known.has(name)) return 'known';
      for (const { kind, expectedDocumentRevision: expected } of changes) {
        const held = kind === 'evolution' ? store.program : kind === 'config' ? store.config : undefined;
        if (held !== undefined && expected !== held.revision) return 'refused';
      }
      known.add(name);
      revision += 1;
      for (const change of changes) {
        if (change.kind === 'overlay') {
          if (change.document === null) overlays.delete(change.key);
          else overlays.set(change.key, change.document);
        } else if (change.kind === 'evolution')
          store.program = { document: change.document as unknown as Evolution, revision };
        else store.config = { document: change.document as unknown as Config, revision };
      }
      return 'done';
    },
  };
  return store;
}

/** One history of a program. */
export function simulateEvolution(
  program: Evolution,
  config: Config,
  world: EvolutionWorld,
  chance: Chance,
): EvolutionOutcome {
  const store = createEvolutionStore(program, config);
  const history = new History(program, store, world, chance);
  for (let nowMs = beginMs; nowMs < beginMs + world.days * dayMs; nowMs += world.stepHours * 3_600_000)
    history.step(nowMs);
  return history.outcome();
}

interface Pending {
  readonly dueMs: number;
  readonly number: number;
  readonly arm: string;
  readonly units: number;
  readonly events: number;
}

type Tally = { number: number; arms: Record<string, { units: number; events: number }> };

class History {
  readonly #program: Evolution;
  readonly #store: EvolutionStore;
  readonly #world: EvolutionWorld;
  readonly #chance: Chance;
  readonly #start: Genome;
  readonly #shipped: { day: number; lift: number; isReverted: boolean }[] = [];
  #pending: Pending[] = [];
  #trial: Tally = { number: 0, arms: {} };
  #holdback: Tally = { number: 0, arms: {} };
  #live: { readonly config: LiveConfig; readonly genome: Genome };
  #lost = 0;
  #lifted = 0;
  #units = 0;
  #most = 0;
  #day = 0;
  #refusals: CommitRefusal[] = [];
  #revision = 0;

  constructor(program: Evolution, store: EvolutionStore, world: EvolutionWorld, chance: Chance) {
    [this.#program, this.#store, this.#world, this.#chance] = [program, store, world, chance];
    this.#live = this.#readLive();
    this.#start = this.#live.genome;
  }

  step(nowMs: number): void {
    this.#day = (nowMs - beginMs) / dayMs;
    this.#serve(nowMs);
    const { program } = this.#store;
    if (program.revision !== this.#revision) [this.#revision, this.#refusals] = [program.revision, []];
    const observations = this.#observe(nowMs);
    const subject = { key, revision: program.revision, changedAtMs: nowMs, spec: program.document };
    for (const commit of stepEvolution(subject, observations, nowMs).commits) this.#commit(commit);
  }

  outcome(): EvolutionOutcome {
    const { life } = this.#store.program.document;
    return {
      finalLift: this.#liftOf(this.#live.genome, this.#start),
      usersMeanLift: this.#lifted / this.#units,
      shipped: this.#shipped,
      lostConversions: this.#lost,
      trafficMost: this.#most,
      generations: life!.generation,
      life: life!,
    };
  }

  #commit(commit: ControllerCommit): void {
    const { interfere } = this.#world;
    const fate = interfere?.(this.#store, commit) ?? 'commit';
    if (fate === 'crash') return;
    const before = this.#live.genome;
    const done = this.#store.commit(commit);
    // The same commit asked for once more, as a core does that heard no answer.
    if (fate === 'lost_answer' && done === 'done') this.#store.commit(commit);
    if (done === 'refused') this.#refusals.push({ step: commit.step, message: 'Conflict.' });
    this.#live = this.#readLive();
    const isShipped = commit.step.startsWith('commit:') && done === 'done';
    if (isShipped)
      this.#shipped.push({
        day: this.#day,
        lift: this.#liftOf(this.#live.genome, before),
        isReverted: false,
      });
    if (commit.step.startsWith('revert:') && done === 'done') {
      const last = this.#shipped.findLast(({ isReverted }) => !isReverted);
      if (last !== undefined) last.isReverted = true;
    }
  }

  #liftOf(genome: Genome, base: Genome): number {
    return this.#world.rateOf(genome, this.#day) / this.#world.rateOf(base, this.#day) - 1;
  }

  #readLive(): { readonly config: LiveConfig; readonly genome: Genome } {
    const { config } = this.#store;
    // Made anew only when it changed: reading a schema costs more than a day's traffic.
    if (this.#live?.config.revision === config.revision) return this.#live;
    const live = liveOf(this.#program, config);
    return { config: live, genome: liveGenome(this.#program, live) };
  }

  /** The traffic of one step, by the allocation as it is. */
  #serve(nowMs: number): void {
    const { world, live } = { world: this.#world, live: this.#live };
    const { life } = this.#store.program.document;
    const units = Math.round((world.unitsPerDay * world.stepHours) / 24);
    const rate = world.rateOf(live.genome, this.#day);
    const start = world.rateOf(this.#start, this.#day);
    const trial = life?.state === 'running' && life.trial?.phase !== 'shadow' ? life.trial : undefined;
    let exposed = 0;
    let lifted = 0;
    if (trial !== undefined) {
      for (const { candidate, share } of trial.arms) {
        const tried = life!.tried.find(({ id }) => id === candidate)!;
        const own = world.rateOf(genomeOf(life!, tried), this.#day);
        const count = this.#draw(nowMs, trial.number, candidate, units * share, own);
        exposed += share;
        this.#lost += Math.max(0, rate - own) * count;
        lifted += count * (own / start - 1);
      }
      this.#draw(nowMs, trial.number, controlArm, units * trial.control, rate);
    }
    const holdback = life?.state === 'running' ? life.holdback : undefined;
    if (holdback !== undefined) {
      const back = { ...live.genome, ...this.#backGenes(holdback.candidate, life!) };
      this.#draw(nowMs, holdback.number, backArm, units * holdback.share, world.rateOf(back, this.#day));
      this.#draw(nowMs, holdback.number, controlArm, units * holdback.share, rate);
    }
    this.#most = Math.max(this.#most, exposed);
    this.#units += units;
    this.#lifted += lifted + units * (1 - exposed) * (rate / start - 1);
  }

  /** The genes before the candidate that is held back against: its parent's. */
  #backGenes(candidate: string, life: EvolutionLife): Record<string, JsonValue> {
    const accepted = life.accepted;
    const before = accepted[accepted.indexOf(candidate) - 1];
    const tried = life.tried.find(({ id }) => id === before);
    return { ...life.start, ...tried?.genes };
  }

  #draw(nowMs: number, number: number, arm: string, mean: number, rate: number): number {
    const count = binomial(this.#chance, Math.round(mean * 2), 0.5);
    const { delayDays } = this.#world;
    const delayMs = (this.#program.objective.delayHours ?? 0) * 3_600_000;
    const seen = delayDays === 0 ? 1 : -Math.expm1(-delayMs / dayMs / delayDays);
    const events = binomial(this.#chance, count, rate * seen);
    this.#pending.push({ dueMs: nowMs + delayMs, number, arm, units: count, events });
    return count;
  }

  #observe(nowMs: number): EvolutionObservations {
    const { life } = this.#store.program.document;
    const [trial, holdback] = [life?.trial?.number ?? 0, life?.holdback?.number ?? 0];
    if (this.#trial.number !== trial) this.#trial = { number: trial, arms: {} };
    if (this.#holdback.number !== holdback) this.#holdback = { number: holdback, arms: {} };
    const waiting: Pending[] = [];
    for (const each of this.#pending) {
      if (each.dueMs > nowMs) waiting.push(each);
      else if (each.number === trial) count(this.#trial, each);
      else if (each.number === holdback) count(this.#holdback, each);
    }
    this.#pending = waiting;
    const none: PhaseCounts = { number: trial, arms: {} };
    return {
      config: this.#live.config,
      refusals: this.#refusals,
      objective: this.#trial,
      holdback: this.#holdback,
      errors: none,
      guardrails: {},
      alarms: {},
      refusedBySimulation: {},
      isStopped: false,
    };
  }
}

function count({ arms }: Tally, { arm, units, events }: Pending): void {
  const held = arms[arm] ?? { units: 0, events: 0 };
  arms[arm] = { units: held.units + units, events: held.events + events } satisfies ArmCounts;
}

function liveOf(program: Evolution, { document, revision }: Held<Config>): LiveConfig {
  const effective = effectiveConfig(program.config, () => ({ document, revision }));
  if ('problem' in effective) throw new Error(`The config does not hold: ${effective.detail}`);
  return { document, effective, revision };
}

/** The id of what is live, to see that two histories end alike. */
export const liveIdOf = (store: EvolutionStore): string => {
  const { document } = store.program;
  const standing = standingOf(document, liveOf(document, store.config));
  return genomeId(standing.space, standing.live);
};
