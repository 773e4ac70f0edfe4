// Checks that a subject answers a flag as it should before it is measured: numbers of wrong answers mean nothing.
import { benchId, benchUser, type BenchFlag } from './cases.ts';
import type { Subject } from './subject.ts';

const usersCount = 1_000;
/** Eight percentage points: five standard deviations of the widest share. */
const tolerance = 80;

/** @throws When the answers are others. */
export async function verify({ target, context, call }: Subject, flag: BenchFlag): Promise<void> {
  const counts = new Map<unknown, number>();
  for (let i = 0; i < usersCount; i++) {
    const value = await call(target(flag), context(benchUser(benchId(i))));
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  for (const [value, share] of expectedShares(flag)) {
    if (Math.abs((counts.get(value) ?? 0) - share * usersCount) > tolerance) {
      throw new Error(`${flag.key} is answered with ${JSON.stringify([...counts])}.`);
    }
  }
}

function expectedShares({ kind }: BenchFlag): readonly (readonly [unknown, number])[] {
  if (kind === 'percentage') return shares([true, false]);
  return kind === 'experiment' ? shares(['a', 'b', 'c']) : shares([true]);
}

function shares(values: readonly unknown[]): readonly (readonly [unknown, number])[] {
  return values.map((value) => [value, 1 / values.length]);
}
