// Rollouts and breakers in the making. What other documents decide (the flag's variants, the metrics), the server checks.
import type {
  Breaker,
  ConfigPatch,
  Expression,
  HealthRule,
  Rollout,
  RolloutStage,
  RolloutStrategy,
  TimeWindow,
} from '@org/contract/model';
import type { StoredDocument } from '../model.ts';
import { Draft } from './draft.ts';

type RuleOf<Type extends HealthRule['type']> = Omit<
  Extract<HealthRule, { readonly type: Type }>,
  'id' | 'type'
>;

/** A rollout in the making. */
export class RolloutBuilder extends Draft<'rollout', RolloutBuilder> {
  readonly kind = 'rollout';

  /** @internal */
  constructor(key: string, document: Rollout, expectedRevision?: number) {
    super(key, document, expectedRevision);
  }

  protected override make(document: Rollout, expectedRevision: number | undefined): RolloutBuilder {
    return new RolloutBuilder(this.key, document, expectedRevision);
  }

  /** Stages by name: 10, 25, 50, 75, 100 % when nothing is said (`linear`). */
  strategy(strategy: Exclude<RolloutStrategy, 'custom'>): RolloutBuilder {
    return this.with({ strategy, stages: undefined });
  }

  /** Stages of one's own: percentages, or more of each. */
  stages(...stages: readonly (number | RolloutStage)[]): RolloutBuilder {
    const all = stages.map((stage) => (typeof stage === 'number' ? { percentage: stage } : stage));
    return this.with({ strategy: 'custom', stages: all });
  }

  /** What the units get that are not in yet, so that both groups can be compared by metrics. */
  control(variant: string | undefined): RolloutBuilder {
    return this.with({ control: variant });
  }

  /** Who takes part. Undefined: everybody. */
  eligible(when: Expression | undefined): RolloutBuilder {
    return this.with({ eligibility: when });
  }

  /** The kind of context whose key is the unit. Left out: user. */
  unit(kind: string | undefined): RolloutBuilder {
    return this.with({ unit: kind });
  }

  /** How long each stage is watched at least; 60 minutes when nothing is said. */
  minimumMinutes(minutes: number): RolloutBuilder {
    return this.with({ minimumMinutes: minutes });
  }

  /** Guarded calls with the variant that each stage waits for. */
  minimumSample(calls: number): RolloutBuilder {
    return this.with({ minimumSample: calls });
  }

  /** Stages with at least this percentage wait for an approval. */
  approvalFrom(percentage: number | undefined): RolloutBuilder {
    return this.with({ approvalFrom: percentage });
  }

  /** Stages begin inside these windows only. */
  progressIn(...windows: readonly TimeWindow[]): RolloutBuilder {
    return this.with({ progressWindows: windows.length > 0 ? windows : undefined });
  }

  /** No stage begins inside these windows. */
  maintenanceIn(...windows: readonly TimeWindow[]): RolloutBuilder {
    return this.with({ maintenanceWindows: windows.length > 0 ? windows : undefined });
  }

  /** Adds a rule, or replaces the one of its id. */
  rule(rule: HealthRule): RolloutBuilder {
    const others = (this.document.health ?? []).filter(({ id }) => id !== rule.id);
    return this.with({ health: [...others, rule] });
  }

  /** Errors of guarded calls with the variant against those of everybody else. */
  watchErrors(rule: RuleOf<'guarded_errors'> = {}): RolloutBuilder {
    return this.rule({ id: 'errors', type: 'guarded_errors', ...rule });
  }

  /** Guarded calls that take longer than a bound. */
  watchLatency(
    slowerThanMs: number,
    rule: Omit<RuleOf<'guarded_latency'>, 'slowerThanMs'> = {},
  ): RolloutBuilder {
    return this.rule({ id: 'latency', type: 'guarded_latency', slowerThanMs, ...rule });
  }

  /** A metric as a guardrail; needs a control. */
  guardrail(metric: string, rule: Omit<RuleOf<'metric'>, 'metric'> = {}): RolloutBuilder {
    return this.rule({ id: metric, type: 'metric', metric, ...rule });
  }

  /** `ship`: the flag's default becomes the variant. `keep`: the overlay stays. */
  completion(completion: 'ship' | 'keep'): RolloutBuilder {
    return this.with({ completion });
  }

  describe(description: string): RolloutBuilder {
    return this.with({ description });
  }

  owner(owner: string): RolloutBuilder {
    return this.with({ owner });
  }

  /** All of its tags. */
  tags(...tags: readonly string[]): RolloutBuilder {
    return this.with({ tags });
  }
}

/** A draft of a rollout of a flag's variant: linear, an hour a stage, without rules. */
export const rollout = (key: string, flag: string, variant: string): RolloutBuilder =>
  new RolloutBuilder(key, { target: { kind: 'flag', key: flag }, variant, strategy: 'linear' });

/** The same of a patch of a config; `variant` is what the patch goes by in reports. */
export const configRollout = (
  key: string,
  config: string,
  variant: string,
  patch: ConfigPatch,
): RolloutBuilder =>
  new RolloutBuilder(key, { target: { kind: 'config', key: config }, variant, patch, strategy: 'linear' });

/** Goes on from a rollout as it is stored; its commit is refused when somebody changed it meanwhile. */
export const editRollout = ({ key, document, revision }: StoredDocument<'rollout'>): RolloutBuilder =>
  new RolloutBuilder(key, document, revision);

/** A breaker in the making. */
export class BreakerBuilder extends Draft<'breaker', BreakerBuilder> {
  readonly kind = 'breaker';

  /** @internal */
  constructor(key: string, document: Breaker, expectedRevision?: number) {
    super(key, document, expectedRevision);
  }

  protected override make(document: Breaker, expectedRevision: number | undefined): BreakerBuilder {
    return new BreakerBuilder(this.key, document, expectedRevision);
  }

  /** So many instances, or one and so many units with errors, must agree. */
  confirmedBy(limits: Pick<Breaker, 'instances' | 'units'>): BreakerBuilder {
    return this.with(limits);
  }

  /** How long it stays open, and how it is tried again. */
  probing(
    probe: Pick<Breaker, 'openSeconds' | 'probePercentage' | 'probeCalls' | 'errorRateMax'>,
  ): BreakerBuilder {
    return this.with(probe);
  }

  describe(description: string): BreakerBuilder {
    return this.with({ description });
  }
}

/** Everybody gets the fallback when calls with another variant of the flag fail. */
export const breaker = (flag: string, fallback: string): BreakerBuilder =>
  new BreakerBuilder(flag, { target: { kind: 'flag', key: flag }, fallback });
