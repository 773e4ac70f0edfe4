// Chance that repeats itself: the same seed, the same history. Pure.

/** Numbers in [0, 1), one after the other. */
export type Chance = () => number;

/** Mulberry32: 32 bits of state, enough for simulations. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Means up to here are drawn exactly, one term after the other; beyond them by a rounded normal. */
const exactMeanMax = 40;

/** How many events come when `mean` are expected. */
export function poisson(chance: Chance, mean: number): number {
  if (!(mean > 0)) return 0;
  if (mean > exactMeanMax) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(chance)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = chance(); product > limit; product *= chance()) count += 1;
  return count;
}

/** How many of `trials` succeed. */
export function binomial(chance: Chance, trials: number, rate: number): number {
  if (trials <= 0 || rate <= 0) return 0;
  if (rate >= 1) return trials;
  if (rate > 0.5) return trials - binomial(chance, trials, 1 - rate);
  const mean = trials * rate;
  if (mean > exactMeanMax) {
    const drawn = Math.round(mean + Math.sqrt(mean * (1 - rate)) * normal(chance));
    return Math.min(trials, Math.max(0, drawn));
  }
  return inverted(chance, trials, rate);
}

/** By the distribution function: as many terms as there are successes. */
function inverted(chance: Chance, trials: number, rate: number): number {
  const odds = rate / (1 - rate);
  let term = Math.exp(trials * Math.log1p(-rate));
  let left = chance() - term;
  let count = 0;
  while (left > 0 && count < trials) {
    term *= ((trials - count) / (count + 1)) * odds;
    count += 1;
    left -= term;
    if (term === 0) break;
  }
  return count;
}

function normal(chance: Chance): number {
  return Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
}
