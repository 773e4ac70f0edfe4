// Seeded random numbers, fast enough for some 10^9 draws: sfc32, normal, lognormal and exact binomial variates.

/** A stream of random numbers that its seed determines. */
export interface Random {
  /** In (0, 1). */
  uniform(): number;
  normal(): number;
  binomial(trials: number, p: number): number;
}

/** A stream for two 32-bit seeds. */
export function createRandom(seed: number, stream: number): Random {
  let [a, b, c, d] = [mixed(seed), mixed(stream + 0x51ed27), mixed(seed ^ (stream * 0x9e3779b1)), 1];
  for (let i = 0; i < 20; i++) next();
  let spare = NaN;
  return { uniform, normal, binomial };

  function next(): number {
    const t = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  function uniform(): number {
    return (next() + (next() >>> 11) * 2 ** -21 + 2 ** -55) * 2 ** -32;
  }

  /** Marsaglia's polar method. */
  function normal(): number {
    if (!Number.isNaN(spare)) {
      const value = spare;
      spare = NaN;
      return value;
    }
    for (;;) {
      const u = next() * 2 ** -31 - 1;
      const v = next() * 2 ** -31 - 1;
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(s)) / s);
      spare = v * factor;
      return u * factor;
    }
  }

  function binomial(trials: number, p: number): number {
    if (trials === 0 || p <= 0) return 0;
    if (p >= 1) return trials;
    if (p > 0.5) return trials - binomial(trials, 1 - p);
    return trials * p < 12 ? inversion(trials, p, uniform()) : rejection(trials, p);
  }

  /** BTRS: transformed rejection with squeeze (Hörmann 1993). */
  function rejection(trials: number, p: number): number {
    const deviation = Math.sqrt(trials * p * (1 - p));
    const bb = 1.15 + 2.53 * deviation;
    const aa = -0.0873 + 0.0248 * bb + 0.01 * p;
    const centre = trials * p + 0.5;
    const vr = 0.92 - 4.2 / bb;
    const alpha = (2.83 + 5.1 / bb) * deviation;
    const odds = Math.log(p / (1 - p));
    const mode = Math.floor((trials + 1) * p);
    const top = logFactorial(mode) + logFactorial(trials - mode);
    for (;;) {
      const u = uniform() - 0.5;
      const v = uniform();
      const us = 0.5 - Math.abs(u);
      const k = Math.floor(((2 * aa) / us + bb) * u + centre);
      if (k < 0 || k > trials) continue;
      if (us >= 0.07 && v <= vr) return k;
      const weight = Math.log((v * alpha) / (aa / (us * us) + bb));
      if (weight <= top - logFactorial(k) - logFactorial(trials - k) + (k - mode) * odds) return k;
    }
  }
}

/** Walks up the distribution function (Kemp 1986). */
function inversion(trials: number, p: number, uniform: number): number {
  const odds = p / (1 - p);
  let chance = Math.exp(trials * Math.log1p(-p));
  let u = uniform;
  let k = 0;
  while (u > chance && k < trials) {
    u -= chance;
    k += 1;
    chance *= ((trials - k + 1) / k) * odds;
  }
  return k;
}

/** Spreads neighbouring seeds over all 32 bits (Murmur3's finaliser). */
function mixed(x: number): number {
  let h = x | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

const smallFactorials = Array.from({ length: 16 }, (_, n) => {
  let log = 0;
  for (let k = 2; k <= n; k++) log += Math.log(k);
  return log;
});

function logFactorial(n: number): number {
  if (n < smallFactorials.length) return smallFactorials[n]!;
  const x = n + 1;
  return (x - 0.5) * Math.log(x) - x + 0.9189385332046727 + (1 / 12 - 1 / (360 * x * x)) / x;
}
