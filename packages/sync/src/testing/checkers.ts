// The invariants of a simulated client, each a small object that is told what happens and says what is wrong. Tested by
// planted violations. For tests only.
import type { SyncState } from '../machine.ts';
import type { Position } from '../types.ts';
import { textOf } from './truth.ts';

/** Collects what was violated, with the name of the invariant in front. */
export type Violations = string[];

/** Never an earlier revision of a history this process has run. */
export const checkMonotonic = (violations: Violations): ((position: Position) => void) => {
  const reached = new Map<string, number>();
  return ({ historyId, revision }) => {
    const before = reached.get(historyId);
    if (before !== undefined && revision < before)
      violations.push(`Monotonic: ${historyId} went from ${before} to ${revision}`);
    reached.set(historyId, Math.max(before ?? 0, revision));
  };
};

/** Never a state that was not committed. */
export const checkNoPhantom =
  (violations: Violations, wasCommitted: (position: Position) => boolean): ((position: Position) => void) =>
  (position) => {
    if (!wasCommitted(position)) violations.push(`NoPhantom: ${textOf(position)}`);
  };

/** What the evaluator holds is what the position says, never a part of it. */
export const checkWhole =
  (violations: Violations): ((position: Position, evaluatorHash: string) => void) =>
  (position, evaluatorHash) => {
    if (position.hash !== evaluatorHash)
      violations.push(`Whole: ${textOf(position)} evaluates ${evaluatorHash}`);
  };

/** At most one connection, opened or being opened. */
export const checkOneConnection = (violations: Violations): { opened(): void; closed(): void } => {
  let open = 0;
  return {
    opened() {
      open += 1;
      if (open > 1) violations.push(`OneConnection: ${open} at once`);
    },
    closed() {
      open -= 1;
      if (open < 0) violations.push('OneConnection: closed twice');
    },
  };
};

/** At most `max` of something in any window of time. */
export const checkRate = (
  violations: Violations,
  name: string,
  max: number,
  windowMs: number,
): ((nowMs: number) => void) => {
  let times: number[] = [];
  return (nowMs) => {
    times = times.filter((time) => time > nowMs - windowMs);
    times.push(nowMs);
    if (times.length > max) violations.push(`${name}: ${times.length} within ${windowMs} ms`);
  };
};

/** The machine holds no more than it may. */
export const checkBounded =
  (violations: Violations, pendingMax: number): ((state: SyncState) => void) =>
  ({ pending, left }) => {
    if (pending.length > pendingMax) violations.push(`Bounded: ${pending.length} pending deltas`);
    if (left.length > 8) violations.push(`Bounded: ${left.length} histories`);
  };

/** In the end: the head, confirmed. */
export const checkConverged = (
  violations: Violations,
  head: Position,
  state: Pick<SyncState, 'position' | 'status'>,
): void => {
  const { position, status } = state;
  if (!position || textOf(position) !== textOf(head))
    violations.push(`Converged: at ${position && textOf(position)}, head ${textOf(head)}`);
  else if (status !== 'READY') violations.push(`Converged: ${status} at the head`);
};
