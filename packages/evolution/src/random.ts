// Chance that repeats itself: the same seed gives the same numbers on every machine. Pure; the only source of chance here.

/** A stream of random numbers that its seed determines. */
export interface Random {
  /** In [0, 1). */
  uniform(): number;
  /** Mean 0, variance 1. */
  normal(): number;
  /** A whole number from 0 to below `count`. */
  below(count: number): number;
  /** One of the list, which must not be empty. */
  pick<T>(list: readonly T[]): T;
  /** Gamma variates with scale 1, for shapes above 0. */
  gamma(shape: number): number;
}

/** A stream (sfc32) for a seed and the names of what it is for: streams of other names are unrelated. */
export function createRandom(seed: number, ...names: readonly (string | number)[]): Random {
  let [a, b, c, d] = [mixed(seed), mixed(seed ^ 0x9e3779b9), mixed(textHash(names.join('\n'))), 1];
  for (let i = 0; i < 16; i++) next();
  return { uniform, normal, below, pick, gamma };

  function next(): number {
    const t = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  function uniform(): number {
    return next() / 4_294_967_296;
  }

  function normal(): number {
    return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  }

  function below(count: number): number {
    return Math.floor(uniform() * count);
  }

  function pick<T>(list: readonly T[]): T {
    return list[below(list.length)]!;
  }

  /** Marsaglia and Tsang (2000). */
  function gamma(shape: number): number {
    if (shape < 1) return gamma(shape + 1) * (1 - uniform()) ** (1 / shape);
    const e = shape - 1 / 3;
    const f = 1 / Math.sqrt(9 * e);
    for (;;) {
      const x = normal();
      const v = (1 + f * x) ** 3;
      if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + e - e * v + e * Math.log(v)) return e * v;
    }
  }
}

function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** Spreads neighbouring seeds over all 32 bits (Murmur3's finaliser). */
function mixed(x: number): number {
  let h = x | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
