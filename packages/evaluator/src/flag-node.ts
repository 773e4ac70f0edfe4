// A flag in the graph of documents: its current program, and what its handles look at.
import type { FlagType, JsonValue } from '@org/contract/model';
import { DocumentNode, type OverlayNode } from './nodes.ts';
import { OutcomeRecord, type OutcomeFields, type OutcomeIds, type OutcomeOwner } from './outcome.ts';
import { constantProgram, errorProgram, type Program, type ProgramCell } from './program.ts';
import { Step } from './step.ts';
import type { OnMeasured } from './types.ts';
import { hasType } from './value.ts';

/** What a handle evaluates through: one per flag and type, refilled when the flag changes. One class: one layout. */
export class FlagView {
  /** The answer, when it is the same for everybody. */
  constant: OutcomeRecord | undefined;
  first: Step;
  /** The outcome of an evaluation that threw. */
  readonly fail: () => OutcomeRecord;

  constructor({ constant, first }: Program, fail: () => OutcomeRecord) {
    this.constant = constant;
    this.first = first;
    this.fail = fail;
  }
}

/** Steps that wait for the evaluation they measure. */
const measuring = new WeakSet<Step>();

/** Takes outcomes that were replaced. */
export type Retire = (outcome: OutcomeRecord) => void;

/** Shared by all flags that have none of something: there may be 100,000 flags. */
const none: readonly never[] = [];

export class FlagNode extends DocumentNode implements ProgramCell {
  readonly kind = 'flag';
  readonly flagId: number;
  /** Takes the place of the program at the next swap; undefined: to be built when somebody asks for it. */
  compiled: Program | undefined = undefined;
  #program: Program | undefined = undefined;
  readonly #build: (node: FlagNode) => Program;
  readonly #ids: OutcomeIds;
  #overlays: Set<OverlayNode> | undefined = undefined;
  #views: Map<FlagType, FlagView> | undefined = undefined;
  #override: JsonValue | undefined = undefined;
  #overridden: Program | undefined = undefined;
  #failed: OutcomeRecord | undefined = undefined;
  /** Outcomes that belong to no program: mismatches, failures, overrides. */
  #extras: readonly OutcomeRecord[] = none;

  constructor(key: string, flagId: number, ids: OutcomeIds, build: (node: FlagNode) => Program) {
    super(key);
    this.flagId = flagId;
    this.#ids = ids;
    this.#build = build;
  }

  get program(): Program {
    return (this.#program ??= this.#build(this));
  }

  /** Whose the outcomes are that are made now. */
  get owner(): OutcomeOwner {
    return { flagKey: this.key, flagId: this.flagId, revision: this.closureRevision, ids: this.#ids };
  }

  /** True while a handle or an override may hold the node. */
  get isHeld(): boolean {
    return this.#views !== undefined || this.#override !== undefined;
  }

  /** True when nothing needs the node any more. */
  override get isIdle(): boolean {
    return super.isIdle && !this.isHeld && this.overlays.length === 0;
  }

  get overlays(): readonly OverlayNode[] {
    return this.#overlays === undefined ? none : [...this.#overlays];
  }

  addOverlay(overlay: OverlayNode): void {
    (this.#overlays ??= new Set()).add(overlay);
  }

  removeOverlay(overlay: OverlayNode): void {
    this.#overlays?.delete(overlay);
  }

  /** Where handles of a type look; the same object for the life of the node. */
  view(type: FlagType): FlagView {
    this.#views ??= new Map();
    let view = this.#views.get(type);
    if (view === undefined) {
      view = new FlagView(this.#programFor(type), () => this.fail());
      this.#views.set(type, view);
    }
    return view;
  }

  /** Evaluates for any type. */
  run(context: unknown): OutcomeRecord {
    const { constant, first } = this.#overridden ?? this.program;
    return constant ?? first.evaluate(context);
  }

  /** The outcome of an evaluation that threw: something in the context did. */
  fail(): OutcomeRecord {
    const errorMessage = 'The context threw while it was read.';
    this.#failed ??= this.#extra({ reason: 'ERROR', errorCode: 'GENERAL', errorMessage });
    return this.#failed;
  }

  /** Puts the compiled program in place. */
  swap(retire: Retire): void {
    this.#program?.outcomes.forEach(retire);
    this.#program = this.compiled;
    this.compiled = undefined;
    this.#refresh(retire);
  }

  /** Sets or ends the local override. */
  override(value: JsonValue | undefined, retire: Retire): void {
    this.#override = value;
    this.#refresh(retire);
  }

  /** Puts a step in front of the programs that handles run, for one evaluation. */
  measureNext(nowMs: () => number, onMeasured: OnMeasured): void {
    if (this.#views === undefined) return;
    for (const view of this.#views.values()) {
      if (view.constant !== undefined || measuring.has(view.first)) continue;
      const { first } = view;
      const measured = new Step({
        decide(user, context, strict) {
          // A delta may have put another program there meanwhile.
          if (view.first === measured) view.first = first;
          const startMs = nowMs();
          const outcome = first.walk(user, context, strict);
          onMeasured(outcome, nowMs() - startMs);
          return outcome;
        },
      });
      measuring.add(measured);
      view.first = measured;
    }
  }

  eachOutcome(visit: (outcome: OutcomeRecord) => void): void {
    this.#program?.outcomes.forEach(visit);
    this.#extras.forEach(visit);
  }

  #refresh(retire: Retire): void {
    this.#extras.forEach(retire);
    this.#extras = none;
    this.#failed = undefined;
    this.#overridden = this.#override === undefined ? undefined : this.#overrideBy(this.#override);
    if (this.#views === undefined) return;
    for (const [type, view] of this.#views) {
      const { constant, first } = this.#programFor(type);
      view.constant = constant;
      view.first = first;
    }
  }

  #programFor(type: FlagType): Program {
    const overridden = this.#overridden;
    if (overridden !== undefined && hasType(this.#override, type)) return overridden;
    if (overridden === undefined && (this.program.type ?? type) === type) return this.program;
    const errorMessage = `The flag is not of type ${type}.`;
    return constantProgram(type, this.#extra({ reason: 'ERROR', errorCode: 'TYPE_MISMATCH', errorMessage }));
  }

  #overrideBy(value: JsonValue): Program {
    const { overridden } = this.program;
    const exposes = overridden !== undefined;
    const outcome = this.#extra({ reason: 'STATIC', rule: 'override', value, excluded: true, exposes });
    if (overridden === undefined) return constantProgram(undefined, outcome);
    return { type: undefined, constant: undefined, first: overridden(outcome), outcomes: [] };
  }

  #extra(fields: OutcomeFields): OutcomeRecord {
    const outcome = new OutcomeRecord(this.owner, fields);
    this.#extras = [...this.#extras, outcome];
    return outcome;
  }
}

/** The program of a flag without a document. */
export function missingProgram(owner: OutcomeOwner, isReady: boolean): Program {
  return isReady
    ? errorProgram(owner, { errorCode: 'FLAG_NOT_FOUND', errorMessage: 'There is no such flag.' })
    : errorProgram(owner, {
        errorCode: 'PROVIDER_NOT_READY',
        errorMessage: 'No snapshot has been loaded yet.',
      });
}
