// Top-two Thompson sampling: how much traffic each candidate gets next, by how likely it is one of the two best. Pure.
import type { Random } from '@org/evolution';
import type { Effect } from './evidence.ts';

/** Every candidate keeps at least this part of an even share: what is not measured cannot be found. */
const shareMin = 0.2;
const drawsCount = 200;
const resamplesMax = 10;
/** Half of the draws go to the best, half to the best of the others. */
const best = 0.5;

/** Shares of 1 for arms whose effects are known so far; even where nothing is known. */
export function topTwoShares(effects: readonly (Effect | undefined)[], random: Random): readonly number[] {
  const count = effects.length;
  if (count < 2 || effects.every((effect) => effect === undefined)) return effects.map(() => 1 / count);
  const draw = (): number => {
    let chosen = 0;
    let most = -Infinity;
    effects.forEach((effect, index) => {
      const value =
        effect === undefined
          ? random.normal() * 0.1
          : effect.effect + random.normal() * Math.sqrt(effect.variance);
      if (value > most) [chosen, most] = [index, value];
    });
    return chosen;
  };
  const wins = effects.map(() => 0);
  for (let i = 0; i < drawsCount; i++) {
    const first = draw();
    let chosen = first;
    if (random.uniform() >= best)
      for (let tries = 0; tries < resamplesMax && chosen === first; tries++) chosen = draw();
    wins[chosen]! += 1 / drawsCount;
  }
  return wins.map((share) => shareMin / count + (1 - shareMin) * share);
}
