// Golden families of counts and rates.
import * as stats from '../../index.ts';
import type { Proportion } from '../../index.ts';
import { interval, pValues, type Lists, type Numbers } from './shape.ts';

export const twoProportion = ({ x1, n1, x2, n2, conf }: Numbers<'x1' | 'n1' | 'x2' | 'n2' | 'conf'>) => {
  const control: Proportion = { successes: x1, trials: n1 };
  const treatment: Proportion = { successes: x2, trials: n2 };
  const pooled = stats.pooledZTest(control, treatment);
  const unpooled = stats.unpooledZTest(control, treatment);
  const katz = stats.katzRiskRatio(control, treatment, conf);
  return {
    p1: stats.rateOf(control),
    p2: stats.rateOf(treatment),
    diff: pooled.difference,
    relative_lift: stats.relativeLift(control, treatment),
    pooled: {
      ...zPart(pooled),
      // Nobody or everybody converted: the arms agree (pooledZTest documents it).
      ...(pooled.significance === null ? { p_two_sided: 1, log_p_two_sided: 0 } : {}),
    },
    unpooled: zPart(unpooled),
    wald_ci: interval(stats.waldDifferenceInterval(control, treatment, conf)),
    newcombe_ci: interval(stats.newcombeInterval(control, treatment, conf)),
    agresti_caffo_ci: interval(stats.agrestiCaffoInterval(control, treatment, conf)),
    relative_delta: relative(control, treatment, conf),
    katz_log_ratio: katz && { ratio: katz.ratio, se_log: katz.standardErrorOfLog, ...interval(katz) },
    fisher: n1 + n2 <= stats.fisherUnitsMax ? fisher(control, treatment) : null,
  };
};

function zPart({ standardError, significance }: stats.DifferenceTest) {
  return { se: standardError, z: significance?.statistic ?? null, ...pValues(significance) };
}

function relative(control: Proportion, treatment: Proportion, level: number) {
  const effect = stats.relativeRateEffect(control, treatment, level);
  return effect && { estimate: effect.estimate, se: effect.standardError, ...interval(effect) };
}

function fisher(control: Proportion, treatment: Proportion) {
  const { pTwoSided, pGreater } = stats.fisherExact(control, treatment);
  return { p_two_sided: pTwoSided, p_greater: pGreater };
}

export const proportionInterval = ({ x, n, conf }: Numbers<'x' | 'n' | 'conf'>) => {
  const share = { successes: x, trials: n };
  return {
    p: stats.rateOf(share),
    wald: stats.waldInterval(share, conf),
    wilson: stats.wilsonInterval(share, conf),
    agresti_coull: stats.agrestiCoullInterval(share, conf),
    clopper_pearson: stats.clopperPearsonInterval(share, conf),
    jeffreys: stats.jeffreysInterval(share, conf),
  };
};

export const chisqIndependence = ({ table }: { readonly table: readonly (readonly number[])[] }) => {
  const test = stats.independenceTest(table);
  if (test.df === 0) return { dropped_empty: test.droppedEmpty, statistic: null };
  const { pearson, likelihoodRatio, cramersV, expectedMin } = test as stats.IndependenceTest;
  return {
    dropped_empty: test.droppedEmpty,
    df: test.df,
    chi2: pearson.statistic,
    p: pearson.p,
    log_p: pearson.logP,
    g: likelihoodRatio.statistic,
    g_p: likelihoodRatio.p,
    g_log_p: likelihoodRatio.logP,
    cramers_v: cramersV,
    min_expected: expectedMin,
  };
};

export const cmh = ({ strata }: { readonly strata: readonly (readonly number[])[] }) => {
  const test = stats.cochranMantelHaenszel(
    strata.map(([xc, nc, xt, nt]) => ({
      control: { successes: xc!, trials: nc! },
      treatment: { successes: xt!, trials: nt! },
    })),
  );
  return {
    chi2: test?.statistic ?? null,
    p: test?.p ?? null,
    common_odds_ratio: test?.oddsRatio ?? null,
    or_ci_lower: test?.interval?.lower ?? null,
    or_ci_upper: test?.interval?.upper ?? null,
  };
};

export const srm = ({
  counts,
  weights,
  concentration,
}: Lists<'counts' | 'weights'> & Numbers<'concentration'>) => {
  const test = stats.sampleRatioTest(counts, weights);
  const evidence = stats.countEvidence(counts, weights, concentration);
  return {
    total: test?.total ?? counts.reduce((a, b) => a + b, 0),
    df: test?.df ?? 0,
    chi2: test?.pearson.statistic ?? null,
    p: test?.pearson.p ?? null,
    log_p: test?.pearson.logP ?? null,
    g: test?.likelihoodRatio.statistic ?? null,
    g_p: test?.likelihoodRatio.p ?? null,
    unexpected_traffic_in_zero_weight_arm: evidence.isTrafficInClosedArm,
    exact_binomial_p: test?.exactP ?? null,
    sequential: { log_bayes_factor: evidence.logE, p: evidence.p, neg_log_p: evidence.negLogP },
  };
};

export const noninferiority = ({
  x1,
  n1,
  x2,
  n2,
  margin_relative,
  better,
  alpha,
}: Numbers<'x1' | 'n1' | 'x2' | 'n2' | 'margin_relative' | 'alpha'> & {
  readonly better: stats.Direction;
}) => {
  const test = stats.rateNonInferiority(
    { successes: x1, trials: n1 },
    { successes: x2, trials: n2 },
    { margin: margin_relative, better, alpha },
  );
  return (
    test && {
      margin_absolute: test.marginAbsolute,
      z: test.absolute.z,
      p_one_sided: test.absolute.p,
      log_p: test.absolute.logP,
      bound: test.absolute.bound,
      non_inferior: test.absolute.isNonInferior,
      relative: {
        estimate: test.relative.estimate,
        se: test.relative.standardError,
        z: test.relative.z,
        p_one_sided: test.relative.p,
        bound: test.relative.bound,
      },
    }
  );
};

interface PowerInput {
  readonly kind: string;
  readonly alternative: string;
  readonly strict: boolean;
  readonly sides: stats.Sides;
}

type PowerNumbers =
  | 'p1'
  | 'p2'
  | 'alpha'
  | 'power'
  | 'n'
  | 'delta'
  | 'sd'
  | 'p'
  | 'var_control'
  | 'var_treatment'
  | 'ratio_treat_to_control'
  | 'margin_absolute'
  | 'alpha_one_sided';

export const power = (input: PowerInput & Numbers<PowerNumbers>) => {
  switch (input.kind) {
    case 'prop_n': {
      const { perArm, perArmCeiling } = stats.proportionSampleSize(input.p1, input.p2, input);
      return { n_per_arm: perArm, n_per_arm_ceil: perArmCeiling };
    }
    case 'prop_power':
      return { power: stats.proportionPower(input.n, input.p1, input.p2, input.alpha, input.sides) };
    case 'prop_mde': {
      const effect = stats.minimumDetectableEffect(input.n, input.p1, input);
      return effect && { p2: effect.p2, mde_absolute: effect.absolute, mde_relative: effect.relative };
    }
    case 't_power':
      return { power: stats.tPower({ ...input, sides: sidesOf(input.alternative) }) };
    case 't_n': {
      const rates = { alpha: input.alpha, power: input.power, sides: sidesOf(input.alternative) };
      const size = stats.tSampleSize(input.delta, input.sd, rates, input.strict);
      return {
        n_per_arm: size.perArm,
        n_per_arm_ceil: size.perArmCeiling,
        normal_approx_n_per_arm: size.normalPerArm,
      };
    }
    case 'z_unequal': {
      const size = stats.unequalSampleSize(
        {
          varianceControl: input.var_control,
          varianceTreatment: input.var_treatment,
          ratio: input.ratio_treat_to_control,
          delta: input.delta,
        },
        input,
      );
      return { n_control: size.control, n_treatment: size.treatment, total: size.total };
    }
    default: {
      const { p, margin_absolute, alpha_one_sided, power: wanted } = input;
      return {
        n_per_arm: stats.nonInferioritySampleSize(p, margin_absolute, alpha_one_sided, wanted).perArm,
      };
    }
  }
};

function sidesOf(alternative: string): stats.Sides {
  return alternative === 'two.sided' ? 2 : 1;
}
