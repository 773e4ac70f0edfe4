// The evaluator as its users see it: handles, evaluation by key, counts and overrides over a graph of documents.
import type { EvaluationContext, EvaluationDetails, FlagType, JsonValue } from '@org/contract/model';
import { DocumentGraph } from './document-graph.ts';
import { FlagView, missingProgram, type FlagNode, type Retire } from './flag-node.ts';
import { detailsOf, Handle, type Expose } from './handle.ts';
import { limits } from './limits.ts';
import type { OutcomeRecord } from './outcome.ts';
import type { OverlayReport } from './overlay.ts';
import type { Program } from './program.ts';
import type { Decide, HashProbe } from './split.ts';
import { Step } from './step.ts';
import type {
  DocumentChange,
  DocumentProblem,
  EvaluatedDocument,
  EvaluatorOptions,
  FlagHandle,
  OnMeasured,
  Outcome,
  ReportingEvaluator,
} from './types.ts';

/** Makes an empty evaluator: every flag answers PROVIDER_NOT_READY until the first load. */
export function createEvaluator(options: EvaluatorOptions = {}): ReportingEvaluator {
  return new GraphEvaluator(options);
}

const overlayRule = 'overlay:';

class GraphEvaluator implements ReportingEvaluator {
  revision = -1;
  readonly #graph: DocumentGraph;
  readonly #expose: Expose | undefined;
  #overridden = new Set<FlagNode>();
  #retired: OutcomeRecord[] = [];
  #unknownFlags = 0;
  readonly #retire: Retire = (outcome) => {
    if (outcome.count > 0 && this.#retired.length < limits.retiredOutcomesMax) this.#retired.push(outcome);
  };

  constructor(options: EvaluatorOptions) {
    const { onExposure } = options;
    const probe: HashProbe = { last: 0 };
    this.#graph = new DocumentGraph(options, probe);
    this.#expose = onExposure && exposeTo(onExposure, probe);
  }

  load(documents: Iterable<EvaluatedDocument>, revision: number): readonly DocumentProblem[] {
    const problems = this.#graph.replace([...documents], this.#retire);
    this.revision = revision;
    return problems;
  }

  apply({ upserts, deletes, revision }: DocumentChange): readonly DocumentProblem[] {
    const problems = this.#graph.change(upserts, deletes, this.#retire);
    this.revision = revision;
    return problems;
  }

  boolean(key: string, defaultValue: boolean): FlagHandle<boolean> {
    return new Handle(key, defaultValue, this.#view(key, 'boolean'), this.#expose);
  }

  string(key: string, defaultValue: string): FlagHandle<string> {
    return new Handle(key, defaultValue, this.#view(key, 'string'), this.#expose);
  }

  number(key: string, defaultValue: number): FlagHandle<number> {
    return new Handle(key, defaultValue, this.#view(key, 'number'), this.#expose);
  }

  object<T extends JsonValue>(key: string, defaultValue: T): FlagHandle<T> {
    return new Handle(key, defaultValue, this.#view(key, 'object'), this.#expose);
  }

  evaluate(key: string, context: EvaluationContext): EvaluationDetails<JsonValue | undefined> {
    const node = this.#graph.flags.get(key);
    if (node === undefined) return detailsOf(this.#missing(key), undefined);
    let outcome: OutcomeRecord;
    try {
      outcome = node.run(context);
    } catch {
      outcome = node.fail();
    }
    outcome.count++;
    if (outcome.exposes === true) this.#expose?.(outcome, context);
    return outcome;
  }

  flagKeys(): readonly string[] {
    return [...this.#graph.flags.values()].filter((node) => node.present).map((node) => node.key);
  }

  reportOf(rule: string): OverlayReport | undefined {
    return rule.startsWith(overlayRule)
      ? this.#graph.overlay(rule.slice(overlayRule.length))?.report
      : undefined;
  }

  measureNext(key: string, nowMs: () => number, onMeasured: OnMeasured): void {
    this.#graph.flags.get(key)?.measureNext(nowMs, onMeasured);
  }

  drainCounts(visit: (outcome: Outcome, count: number) => void): void {
    const drain = (outcome: OutcomeRecord): void => {
      const { count } = outcome;
      outcome.count = 0;
      if (count > 0) visit(outcome, count);
    };
    const retired = this.#retired;
    this.#retired = [];
    retired.forEach(drain);
    for (const node of this.#graph.flags.values()) node.eachOutcome(drain);
  }

  setOverrides(overrides: ReadonlyMap<string, JsonValue> | undefined): void {
    const before = this.#overridden;
    this.#overridden = new Set();
    for (const [key, value] of overrides ?? []) {
      const node = this.#graph.flag(key);
      node.override(value, this.#retire);
      this.#overridden.add(node);
    }
    for (const node of before) {
      if (this.#overridden.has(node)) continue;
      node.override(undefined, this.#retire);
      this.#graph.release(node);
    }
  }

  /** Keys nobody knows are kept up to a limit, so that asking for made-up keys cannot fill the memory. */
  #view(key: string, type: FlagType): FlagView {
    const { flags } = this.#graph;
    if (flags.has(key) || this.#unknownFlags++ < limits.unknownFlagsMax)
      return this.#graph.flag(key).view(type);
    const find = () => flags.get(key)?.view(type);
    const missing = () => this.#missing(key);
    const decide: Decide = (user, context, strict) => {
      const view = find();
      return view === undefined ? missing() : (view.constant ?? view.first.walk(user, context, strict));
    };
    const first = new Step({ decide });
    const program: Program = { type, constant: undefined, first, outcomes: [] };
    return new FlagView(program, () => find()?.fail() ?? missing());
  }

  #missing(key: string): OutcomeRecord {
    const owner = { flagKey: key, flagId: -1, revision: 0, ids: { next: -1 } };
    return missingProgram(owner, this.#graph.isReady).outcomes[0]!;
  }
}

function exposeTo(onExposure: NonNullable<EvaluatorOptions['onExposure']>, probe: HashProbe): Expose {
  return (outcome, context) => {
    try {
      onExposure(outcome, context, probe.last);
    } catch {
      // Recording must not change an answer; the recorder is told not to throw and counts its own failures.
    }
  };
}
