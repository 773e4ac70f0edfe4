// Experiments and holdouts in the making. What other documents decide (the flag's variants, the metrics), the server checks.
import type {
  AnalysisPlan,
  ConfigPatch,
  Experiment,
  ExperimentMetric,
  Expression,
  Holdout,
} from '@org/contract/model';
import type { StoredDocument } from '../model.ts';
import { Draft } from './draft.ts';
import { split, type Shares } from './serve.ts';

/** Buckets of a percentage, in steps of 0.001 %. @throws RangeError */
export function bucketsOf(percent: number): number {
  const buckets = Math.round(percent * 1_000);
  if (!(buckets >= 0 && buckets <= 100_000) || Math.abs(percent * 1_000 - buckets) > 1e-6)
    throw new RangeError(`${percent} is no percentage from 0 to 100 in steps of 0.001`);
  return buckets;
}

type PlanOf<M extends AnalysisPlan['method']> = Omit<Extract<AnalysisPlan, { readonly method: M }>, 'method'>;
type Plan<M extends AnalysisPlan['method']> = Omit<PlanOf<M>, 'alpha'> & { readonly alpha?: number };

const alphaByDefault = 0.05;

/** An experiment in the making. */
export class ExperimentBuilder extends Draft<'experiment', ExperimentBuilder> {
  readonly kind = 'experiment';

  /** @internal */
  constructor(key: string, document: Experiment, expectedRevision?: number) {
    super(key, document, expectedRevision);
  }

  protected override make(document: Experiment, expectedRevision: number | undefined): ExperimentBuilder {
    return new ExperimentBuilder(this.key, document, expectedRevision);
  }

  /** Which variants of the flag are compared, by weight; the first is the control: `variants({ old: 1, new: 1 })`. */
  variants<const V extends string>(shares: Shares<V>): ExperimentBuilder {
    const { weights } = split(shares).split;
    const { control } = this.document;
    const isThere = weights.some(({ variant }) => variant === control);
    return this.with({ variants: weights, control: isThere ? control : (weights[0]?.variant ?? '') });
  }

  /**
   * On a config: what each variant changes, `{}` for nothing; the first is the control:
   * `patches({ control: {}, more: { values: { discount: { max: 20 } } } })`. Shares are equal where none are given.
   */
  patches(
    patches: { readonly [variant: string]: ConfigPatch },
    weights: { readonly [variant: string]: number } = {},
  ): ExperimentBuilder {
    const variants = Object.entries(patches).map(([variant, patch]) => ({
      variant,
      weight: weights[variant] ?? 1,
      ...(Object.keys(patch).length > 0 ? { patch } : {}),
    }));
    const { control } = this.document;
    const isThere = variants.some(({ variant }) => variant === control);
    return this.with({ variants, control: isThere ? control : (variants[0]?.variant ?? '') });
  }

  /** The variant the others are compared with. */
  control(variant: string): ExperimentBuilder {
    return this.with({ control: variant });
  }

  /** The percentage of the eligible units that takes part, in steps of 0.001. @throws RangeError */
  allocate(percent: number): ExperimentBuilder {
    return this.with({ allocation: bucketsOf(percent) });
  }

  /** Experiments of one layer never share a unit. */
  layer(layer: string | undefined): ExperimentBuilder {
    return this.with({ layer });
  }

  /** Who may take part. Undefined: everybody. */
  eligible(when: Expression | undefined): ExperimentBuilder {
    return this.with({ eligibility: when });
  }

  /** All holdouts it names: their units take no part, beside those of holdouts that cover it by their scope. */
  holdouts(...holdouts: readonly string[]): ExperimentBuilder {
    return this.with({ holdouts: holdouts.length > 0 ? holdouts : undefined });
  }

  /** The kind of context whose key is the unit. Left out: user. */
  unit(kind: string | undefined): ExperimentBuilder {
    return this.with({ unit: kind });
  }

  /** A metric that decides. */
  goal(metric: string): ExperimentBuilder {
    return this.#measured({ key: metric, role: 'goal' });
  }

  /** A metric that must not get worse by the margin (relative, e.g. 0.01). */
  guardrail(metric: string, margin?: number): ExperimentBuilder {
    return this.#measured({ key: metric, role: 'guardrail', ...(margin === undefined ? {} : { margin }) });
  }

  /** A metric that is watched. */
  secondary(metric: string): ExperimentBuilder {
    return this.#measured({ key: metric, role: 'secondary' });
  }

  withoutMetric(metric: string): ExperimentBuilder {
    return this.with({ metrics: this.document.metrics.filter(({ key }) => key !== metric) });
  }

  /** Always-valid inference: may be looked at and ended at any time. What experiments have when nothing is said. */
  sequential(plan: Plan<'sequential'> = {}): ExperimentBuilder {
    return this.with({ plan: { method: 'sequential', alpha: alphaByDefault, ...plan } });
  }

  /** Looks at boundaries that are chosen now. */
  groupSequential(plan: Plan<'group_sequential'>): ExperimentBuilder {
    return this.with({ plan: { method: 'group_sequential', alpha: alphaByDefault, ...plan } });
  }

  /** One look, when so many units (of all variants) have been exposed. */
  fixed(plan: Plan<'fixed'>): ExperimentBuilder {
    return this.with({ plan: { method: 'fixed', alpha: alphaByDefault, ...plan } });
  }

  /** Chance to win and expected loss; never decides by itself. */
  bayesian(credibility = 0.95): ExperimentBuilder {
    return this.with({ plan: { method: 'bayesian', credibility } });
  }

  hypothesis(hypothesis: string): ExperimentBuilder {
    return this.with({ hypothesis });
  }

  /** Nothing is decided before. */
  minimumHours(hours: number | undefined): ExperimentBuilder {
    return this.with({ minimumHours: hours });
  }

  /** The goals and guardrails decide by the plan. Left out: people decide. */
  decidesItself(automatic = true): ExperimentBuilder {
    return this.with({ decisionRule: automatic ? 'automatic' : undefined });
  }

  /** Left out of the analysis: bots, our own people. */
  exclude(when: Expression | undefined): ExperimentBuilder {
    return this.with({ exclude: when });
  }

  /** All attributes by which results are broken down. */
  segments(...attributes: readonly string[]): ExperimentBuilder {
    return this.with({ segments: attributes.length > 0 ? attributes : undefined });
  }

  /** The covariate of CUPED: each metric before the first exposure, over so many hours. */
  prePeriod(hours: number | undefined): ExperimentBuilder {
    return this.with({ prePeriodHours: hours });
  }

  describe(description: string): ExperimentBuilder {
    return this.with({ description });
  }

  owner(owner: string): ExperimentBuilder {
    return this.with({ owner });
  }

  /** All of its tags. */
  tags(...tags: readonly string[]): ExperimentBuilder {
    return this.with({ tags });
  }

  #measured(metric: ExperimentMetric): ExperimentBuilder {
    const { metrics } = this.document;
    const at = metrics.findIndex(({ key }) => key === metric.key);
    return this.with({ metrics: at < 0 ? [...metrics, metric] : metrics.with(at, metric) });
  }
}

/** A draft of an experiment on a flag, on all units, sequential with an alpha of 0.05: it lacks variants and a goal. */
export const experiment = (key: string, flag: string): ExperimentBuilder =>
  draftOn(key, { kind: 'flag', key: flag });

/** An experiment on a config: give it `patches`, a goal and a plan. */
export const configExperiment = (key: string, config: string): ExperimentBuilder =>
  draftOn(key, { kind: 'config', key: config });

const draftOn = (key: string, target: Experiment['target']): ExperimentBuilder =>
  new ExperimentBuilder(key, {
    target,
    variants: [],
    control: '',
    allocation: 100_000,
    metrics: [],
    plan: { method: 'sequential', alpha: alphaByDefault },
  });

/** Goes on from an experiment as it is stored; its commit is refused when somebody changed it meanwhile. */
export const editExperiment = ({
  key,
  document,
  revision,
}: StoredDocument<'experiment'>): ExperimentBuilder => new ExperimentBuilder(key, document, revision);

/** A holdout in the making. */
export class HoldoutBuilder extends Draft<'holdout', HoldoutBuilder> {
  readonly kind = 'holdout';

  /** @internal */
  constructor(key: string, document: Holdout, expectedRevision?: number) {
    super(key, document, expectedRevision);
  }

  protected override make(document: Holdout, expectedRevision: number | undefined): HoldoutBuilder {
    return new HoldoutBuilder(this.key, document, expectedRevision);
  }

  /** The percentage of the units that see no experiment which it covers or which names it, at most 50. @throws RangeError */
  hold(percent: number): HoldoutBuilder {
    return this.with({ allocation: bucketsOf(percent) });
  }

  /** Covers every experiment of the environment that starts from now on. */
  everywhere(): HoldoutBuilder {
    return this.with({ scope: { kind: 'environment' } });
  }

  /** Covers every experiment of the layer that starts from now on. */
  inLayer(layer: string): HoldoutBuilder {
    return this.with({ scope: { kind: 'layer', layer } });
  }

  /** Covers the experiments that name it alone. */
  whereNamed(): HoldoutBuilder {
    return this.with({ scope: undefined });
  }

  /** The kind of context whose key is the unit. Left out: that of each experiment. */
  unit(kind: string | undefined): HoldoutBuilder {
    return this.with({ unit: kind });
  }

  describe(description: string): HoldoutBuilder {
    return this.with({ description });
  }

  owner(owner: string): HoldoutBuilder {
    return this.with({ owner });
  }

  /** All of its tags. */
  tags(...tags: readonly string[]): HoldoutBuilder {
    return this.with({ tags });
  }
}

/** Units that see no experiment which names the holdout, unless it gets a wider scope. @throws RangeError */
export const holdout = (key: string, percent: number): HoldoutBuilder =>
  new HoldoutBuilder(key, { allocation: bucketsOf(percent) });

/** Goes on from a holdout as it is stored; its commit is refused when somebody changed it meanwhile. */
export const editHoldout = ({ key, document, revision }: StoredDocument<'holdout'>): HoldoutBuilder =>
  new HoldoutBuilder(key, document, revision);
