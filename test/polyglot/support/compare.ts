// Holds the assignments of a client against ours, and says where they part.
import { isAscii } from './population.ts';
import type { Assignments } from './installation.ts';

/** How many users of a flag are assigned otherwise, told apart by what their names are made of. */
export interface Difference {
  readonly ascii: number;
  readonly beyond: number;
}

const none: Difference = { ascii: 0, beyond: 0 };

/** The flags for which at least one user differs. */
export function differences(expected: Assignments, got: Assignments): Readonly<Record<string, Difference>> {
  const found = Object.keys(expected).map(
    (flag) => [flag, differenceOf(expected[flag]!, got[flag] ?? [])] as const,
  );
  return Object.fromEntries(found.filter(([, { ascii, beyond }]) => ascii + beyond > 0));
}

function differenceOf(expected: readonly string[], got: readonly string[]): Difference {
  return expected.reduce((sum, value, index) => {
    if (got[index] === value) return sum;
    return isAscii(index) ? { ...sum, ascii: sum.ascii + 1 } : { ...sum, beyond: sum.beyond + 1 };
  }, none);
}
