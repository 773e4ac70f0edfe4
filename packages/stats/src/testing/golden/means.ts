// Golden families of means, ratios and quantiles.
import * as stats from '../../index.ts';
import type { Moments } from '../../index.ts';
import { interval, prefixedInterval, pValues, type Lists, type Numbers } from './shape.ts';

type WelchInput =
  | ({ readonly kind: 'moments' } & Numbers<'n1' | 'mean1' | 'var1' | 'n2' | 'mean2' | 'var2' | 'conf'>)
  | ({ readonly kind: 'samples' } & Lists<'sample1' | 'sample2'> & Numbers<'conf'>);

export const welchT = (input: WelchInput) => {
  const [control, treatment] = armsOf(input);
  const mean1 = stats.meanOf(control)!;
  const diff = stats.meanDifference(control, treatment)!;
  const welch = stats.welchTTest(control, treatment, input.conf);
  const z = stats.zTest(control, treatment, input.conf);
  const student = stats.studentTTest(control, treatment, input.conf);
  const relative = stats.relativeMeanEffect(control, treatment, input.conf);
  const size = stats.effectSize(control, treatment);
  return {
    mean1,
    mean2: stats.meanOf(treatment),
    var1: stats.varianceOf(control),
    var2: stats.varianceOf(treatment),
    diff,
    relative_lift: mean1 === 0 ? null : diff / mean1,
    welch: welch && { ...tPart(welch), ...prefixedInterval(welch.interval) },
    z_test: z && { z: z.statistic, ...pValues(z), ...prefixedInterval(z.interval) },
    relative_delta: relative && {
      estimate: relative.estimate,
      se: relative.standardError,
      ...interval(relative),
    },
    student_pooled: student && tPart(student),
    cohens_d: size?.cohensD ?? null,
    hedges_g: size?.hedgesG ?? null,
  };
};

function armsOf(input: WelchInput): readonly [Moments, Moments] {
  return input.kind === 'moments'
    ? [
        stats.momentsOfSummary(input.n1, input.mean1, input.var1),
        stats.momentsOfSummary(input.n2, input.mean2, input.var2),
      ]
    : [stats.momentsOf(input.sample1), stats.momentsOf(input.sample2)];
}

function tPart(test: stats.MeanTest) {
  return {
    se: test.standardError,
    t: test.statistic,
    df: test.df,
    p_two_sided: test.pTwoSided,
    p_greater: test.pGreater,
    p_less: test.pLess,
    log_p_two_sided: test.logPTwoSided,
  };
}

export const mannWhitney = ({ x, y }: Lists<'x' | 'y'>) => {
  const test = stats.mannWhitney(x, y);
  const part = (s: stats.RankStatistic | null) => ({ z: s?.z ?? null, p_two_sided: s?.p ?? null });
  return {
    U1: test.uX,
    U2: test.uY,
    auc: test.auc,
    has_ties: test.hasTies,
    normal_corrected: part(test.corrected),
    normal_uncorrected: part(test.uncorrected),
    exact_p_two_sided: test.exactP,
  };
};

export const ratioDelta = (
  input: Readonly<Record<'control' | 'treatment', Lists<'num' | 'den'>>> & Numbers<'conf'>,
) => {
  const c = stats.bivariateOf(input.control.num, input.control.den);
  const t = stats.bivariateOf(input.treatment.num, input.treatment.den);
  const control = stats.ratioOfUnits(input.control.num, input.control.den);
  const treatment = stats.ratioOfUnits(input.treatment.num, input.treatment.den);
  const test = stats.ratioTest(control, treatment, input.conf);
  return {
    control: ratioArm(c, control),
    treatment: ratioArm(t, treatment),
    diff: test && {
      estimate: test.difference,
      se: test.significance.standardError,
      z: test.significance.statistic,
      ...pValues(test.significance),
      ...prefixedInterval(test.interval),
    },
    relative: test?.relative
      ? {
          estimate: test.relative.estimate,
          se: test.relative.standardError,
          ...prefixedInterval(test.relative),
        }
      : null,
    fieller_relative: test?.fieller ? prefixedInterval(test.fieller) : null,
  };
};

function ratioArm(pairs: stats.BivariateMoments, ratio: stats.RatioOfMeans | null) {
  return {
    n: pairs.x.count,
    mean_num: stats.meanOf(pairs.x),
    mean_den: stats.meanOf(pairs.y),
    var_num: stats.varianceOf(pairs.x),
    var_den: stats.varianceOf(pairs.y),
    cov: stats.covarianceOf(pairs),
    ratio: ratio?.ratio ?? null,
    var_ratio: ratio?.variance ?? null,
    se: ratio === null ? null : Math.sqrt(ratio.variance),
  };
}

export const cuped = ({
  control,
  treatment,
  conf,
}: Readonly<Record<'control' | 'treatment', Lists<'y' | 'x'>>> & Numbers<'conf'>) => {
  const c = stats.bivariateOf(control.y, control.x);
  const t = stats.bivariateOf(treatment.y, treatment.x);
  const welch = stats.welchTTest(c.x, t.x, conf);
  const ancova = stats.ancova(c, t);
  const lin = stats.linAdjustment(
    { outcome: control.y, covariate: control.x },
    { outcome: treatment.y, covariate: treatment.x },
  );
  return {
    unadjusted: { diff: stats.meanDifference(c.x, t.x), se: welch?.standardError ?? 0 },
    pooled_theta: cupedPart(stats.cuped(c, t, 'pooled', conf)),
    within_theta: cupedPart(stats.cuped(c, t, 'within', conf)),
    ancova: ancova && {
      estimate: ancova.estimate,
      se: ancova.standardError,
      t: ancova.t,
      df: ancova.df,
      p: ancova.p,
    },
    lin_interacted_hc2: lin && { estimate: lin.estimate, se: lin.standardError },
  };
};

function cupedPart(result: stats.CupedResult | null) {
  if (result === null) return null;
  const { test } = result;
  return {
    theta: result.theta,
    adj_mean_control: result.control.mean,
    adj_mean_treatment: result.treatment.mean,
    adj_var_control: result.control.variance,
    adj_var_treatment: result.treatment.variance,
    diff: result.difference,
    se: result.standardError,
    variance_reduction: result.varianceReduction,
    ...(test ? { ...tPart(test), ...prefixedInterval(test.interval) } : {}),
  };
}

export const quantileMetric = ({ x, q, conf }: Lists<'x'> & Numbers<'q' | 'conf'>) => {
  const ascending = stats.sorted(x);
  const ranks = stats.quantileRanks(x.length, q, conf);
  const { median, mad } = stats.robustOutliers(x);
  const capped = stats.winsorize(x, stats.winsorLimits(x, 0.01, 0.99));
  return {
    type7: stats.sampleQuantile(ascending, q, 7),
    type1: stats.sampleQuantile(ascending, q, 1),
    type2: stats.sampleQuantile(ascending, q, 2),
    binomial_exact_rank_lower: ranks.lower,
    binomial_exact_rank_upper: ranks.upper,
    median,
    mad_raw: mad,
    mad_scaled: 1.4826 * mad,
    winsor_1_99: stats.meanOf(stats.momentsOf(capped)),
  };
};
