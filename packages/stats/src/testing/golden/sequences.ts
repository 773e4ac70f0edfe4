// Golden families of distributions, sequential tests, Bayesian answers, multiplicity and anomalies.
import * as stats from '../../index.ts';
import type { Lists, Numbers } from './shape.ts';

const lower = (t: stats.Tails) => ({ value: t.lower, log: t.logLower });
const upper = (t: stats.Tails) => ({ value: t.upper, log: t.logUpper });
const functions: Readonly<Record<string, (a: number, b: number, c: number) => unknown>> = {
  norm_cdf: (z) => lower(stats.normalTails(z)),
  norm_sf: (z) => upper(stats.normalTails(z)),
  norm_logsf: (z) => ({ value: stats.normalTails(z).logUpper }),
  norm_inv: (p) => ({ value: stats.normalQuantile(p) }),
  t_cdf: (t, df) => lower(stats.studentTTails(t, df)),
  t_sf: (t, df) => upper(stats.studentTTails(t, df)),
  t_2s: (t, df) => {
    const { p, logP } = stats.studentTTwoSided(t, df);
    return { value: p, log: logP };
  },
  t_inv: (p, df) => ({ value: stats.studentTQuantile(p, df) }),
  chisq_cdf: (x, df) => lower(stats.chiSquareTails(x, df)),
  chisq_sf: (x, df) => upper(stats.chiSquareTails(x, df)),
  chisq_inv: (p, df) => ({ value: stats.chiSquareQuantile(p, df) }),
  f_cdf: (x, d1, d2) => lower(stats.fTails(x, d1, d2)),
  f_sf: (x, d1, d2) => upper(stats.fTails(x, d1, d2)),
  beta_cdf: (x, a, b) => lower(stats.betaTails(x, a, b)),
  beta_sf: (x, a, b) => upper(stats.betaTails(x, a, b)),
  beta_inv: (p, a, b) => ({ value: stats.betaQuantile(p, a, b) }),
  gamma_cdf: (x, shape) => lower(stats.gammaTails(x, shape)),
  gamma_sf: (x, shape) => upper(stats.gammaTails(x, shape)),
  binom_cdf: (k, n, p) => lower(stats.binomialTails(k, n, p)),
  binom_sf: (k, n, p) => upper(stats.binomialTails(k, n, p)),
};

export const distributions = ({ fn, args }: { readonly fn: string } & Lists<'args'>) =>
  functions[fn]!(args[0]!, args[1]!, args[2]!);

export const asymptoticCs = ({
  n_total,
  estimate,
  se,
  alpha,
  n_star,
}: Numbers<'n_total' | 'estimate' | 'se' | 'alpha' | 'n_star'>) => {
  const look = { units: n_total, estimate, standardError: se };
  const two = stats.asymptoticSequence(look, { alpha, unitsTuned: n_star })!;
  const one = stats.asymptoticBounds(look, { alpha, unitsTuned: n_star })!;
  return {
    rho: two.rho,
    half_width: two.halfWidth,
    ci_lower: two.interval.lower,
    ci_upper: two.interval.upper,
    log_e: two.logE,
    p: two.p,
    neg_log_p: two.negLogP,
    rho_one_sided: one.rho,
    half_width_one_sided: one.halfWidth,
    lower_bound_one_sided: one.lowerBound,
    upper_bound_one_sided: one.upperBound,
    width_ratio_vs_fixed: two.widthRatio,
  };
};

export const msprt = ({
  n_per_arm,
  mean_diff,
  V,
  tau2,
  alpha,
}: Lists<'n_per_arm' | 'mean_diff' | 'V'> & Numbers<'tau2' | 'alpha'>) => {
  const looks = n_per_arm.map((perArm, i) =>
    stats.mixtureSprt(
      { difference: mean_diff[i]!, standardError: Math.sqrt(V[i]! / perArm) },
      { mixingVariance: tau2, alpha },
    )!,
  );
  let state = stats.noLooks;
  const states = looks.map((look) => (state = stats.addLook(state, look, alpha)));
  return {
    log_lambda: looks.map(({ logE }) => logE),
    p_always_valid: states.map(({ p }) => p),
    neg_log_p: states.map(({ negLogP }) => negLogP),
    ci_half_width: looks.map(({ halfWidth }) => halfWidth),
    ci_lower: looks.map(({ interval }) => interval.lower),
    ci_upper: looks.map(({ interval }) => interval.upper),
    running_ci_lower: states.map(({ interval }) => interval?.lower ?? null),
    running_ci_upper: states.map(({ interval }) => interval?.upper ?? null),
    first_rejection_index: state.firstRejection,
  };
};

export const groupSequential = ({
  type,
  info,
  alpha,
  sides,
  param,
}: Lists<'info'> & Numbers<'alpha' | 'param'> & { readonly type: string; readonly sides: 1 | 2 }) => {
  const plan = { family: boundaryFamily(type, param), information: info, alpha, sides };
  const design = stats.groupSequentialDesign(plan);
  const properties = stats.designProperties(plan, design, 0.8);
  return {
    z_bounds: design.zBounds,
    nominal_p_one_sided: design.nominalOneSidedP,
    cumulative_alpha: design.cumulativeAlpha,
    inflation_factor_power80: properties.inflationFactor,
    expected_info_under_null: properties.expectedUnderNull,
    expected_info_under_alt80: properties.expectedUnderAlternative,
  };
};

function boundaryFamily(type: string, param: number): stats.BoundaryFamily {
  switch (type) {
    case 'pocock':
      return { kind: 'pocock' };
    case 'obrien_fleming':
      return { kind: 'obrien-fleming' };
    case 'wang_tsiatis':
      return { kind: 'wang-tsiatis', delta: param };
    case 'ld_obf':
      return { kind: 'lan-demets-obrien-fleming' };
    case 'ld_pocock':
      return { kind: 'lan-demets-pocock' };
    case 'power':
      return { kind: 'power', rho: param };
    default:
      return { kind: 'hwang-shih-decani', gamma: param };
  }
}

export const bayesNormal = ({
  estimate,
  se,
  prior_mean,
  prior_sd,
}: Numbers<'estimate' | 'se' | 'prior_mean'> & { readonly prior_sd: number | null }) => {
  const prior = prior_sd === null ? null : { mean: prior_mean, sd: prior_sd };
  const posterior = stats.normalPosterior(estimate, se, prior);
  return {
    posterior_mean: posterior.mean,
    posterior_sd: posterior.sd,
    chance_to_win: posterior.chanceToWin,
    log_chance_to_lose: posterior.logChanceToLose,
    risk_treatment: posterior.expectedLossOfTreatment,
    risk_control: posterior.expectedLossOfControl,
    ci95_lower: posterior.interval.lower,
    ci95_upper: posterior.interval.upper,
  };
};

export const bayesBetaBinomial = ({
  conversions,
  exposures,
  prior_alpha,
  prior_beta,
}: Lists<'conversions' | 'exposures'> & Numbers<'prior_alpha' | 'prior_beta'>) => {
  const arms = conversions.map((successes, i) => ({ successes, trials: exposures[i]! }));
  const posteriors = stats.betaBinomialPosteriors(arms, { alpha: prior_alpha, beta: prior_beta });
  const all = {
    posterior: {
      alpha: posteriors.map(({ alpha }) => alpha),
      beta: posteriors.map(({ beta }) => beta),
      mean: posteriors.map(({ mean }) => mean),
      ci95_lower: posteriors.map(({ interval }) => interval.lower),
      ci95_upper: posteriors.map(({ interval }) => interval.upper),
    },
    p_best: posteriors.map(({ chanceToBeBest }) => chanceToBeBest),
    expected_loss_vs_best: posteriors.map(({ expectedLoss }) => expectedLoss),
  };
  if (posteriors.length !== 2) return all;
  const [control, treatment] = posteriors as unknown as [stats.BetaPosterior, stats.BetaPosterior];
  return {
    ...all,
    p_treatment_better: treatment.chanceToBeBest,
    log_p_treatment_better: treatment.logChanceToBeBest,
    p_control_better: control.chanceToBeBest,
    log_p_control_better: control.logChanceToBeBest,
    expected_loss_choose_control: control.expectedLoss,
    expected_loss_choose_treatment: treatment.expectedLoss,
    log_expected_loss_choose_treatment: treatment.logExpectedLoss,
    expected_uplift_absolute: stats.expectedUplift(control, treatment),
  };
};

export const multiplicity = ({ p }: Lists<'p'>) => ({
  bonferroni: stats.adjustPValues(p, 'bonferroni'),
  holm: stats.adjustPValues(p, 'holm'),
  hochberg: stats.adjustPValues(p, 'hochberg'),
  hommel: stats.adjustPValues(p, 'hommel'),
  bh: stats.adjustPValues(p, 'benjamini-hochberg'),
  by: stats.adjustPValues(p, 'benjamini-yekutieli'),
  sidak: stats.adjustPValues(p, 'sidak'),
  holm_sidak: stats.adjustPValues(p, 'holm-sidak'),
});

export const onlineFdr = ({ p, alpha }: Lists<'p'> & Numbers<'alpha'>) => {
  const run = (method: stats.OnlineMethod) => {
    const decisions = stats.onlineControl(p, method, alpha);
    return { alpha: decisions.map(({ level }) => level), reject: decisions.map((d) => d.isRejected) };
  };
  return {
    lord_plus_plus: run('lord++'),
    saffron: run('saffron'),
    addis: run('addis'),
    alpha_spending: run('alpha-spending'),
    lond: run('lond'),
  };
};

export const robustAnomaly = ({ x }: Lists<'x'>) => {
  const found = stats.robustOutliers(x);
  return {
    median: found.median,
    mad_raw: found.mad,
    mean_abs_dev: found.meanAbsoluteDeviation,
    scale: found.scale,
    robust_z: found.z,
    iglewicz_hoaglin_z: found.modifiedZ,
    anomalies_abs_gt_3_5: found.outliers,
    q1: found.quartiles.lower,
    q3: found.quartiles.upper,
    tukey_lower: found.fences.lower,
    tukey_upper: found.fences.upper,
    tukey_outliers: found.outsideFences,
  };
};

export const ewmaCusum = ({
  x,
  mu0,
  sigma0,
  lambda,
  L,
  k,
  h,
}: Lists<'x'> & Numbers<'mu0' | 'sigma0' | 'lambda' | 'L' | 'k' | 'h'>) => {
  const state = { mean: mu0, sd: sigma0 };
  const ewma = stats.ewmaChart(x, state, lambda, L);
  const cusum = stats.cusumChart(x, state, k, h);
  return {
    ewma: ewma.average,
    ewma_half_width: ewma.halfWidth,
    ewma_first_signal: ewma.firstSignal,
    cusum_pos: cusum.high,
    cusum_neg: cusum.low,
    cusum_first_signal: cusum.firstSignal,
  };
};
