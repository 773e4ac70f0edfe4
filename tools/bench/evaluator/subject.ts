// What a subject of the benchmark is, and the loops that drive every subject alike.
import type { BenchFlag, BenchUser } from './cases.ts';
import type { Loop } from './measure.ts';

/** One library, offline, holding the flags it was made with. */
export interface Subject<Target = unknown, Context = unknown> {
  /** What an application holds of a flag: a handle, or its key. */
  readonly target: (flag: BenchFlag) => Target;
  /** What an application holds of a user, in the library's own form. */
  readonly context: (user: BenchUser) => Context;
  /** Makes it the context of another user. */
  readonly setId: (context: Context, id: string) => void;
  /** One evaluation, as the library's documentation shows it. */
  readonly call: (target: Target, context: Context) => unknown;
  /** True when `call` answers promises. */
  readonly isAsync?: boolean;
  readonly close?: () => void | Promise<void>;
}

/** Makes a subject that holds these flags. */
export type CreateSubject = (flags: readonly BenchFlag[]) => Promise<Subject> | Subject;

/** The last value goes here, so that no engine finds out that nobody needs it. A branch on it would cost more than some calls. */
export const sink: { last: unknown } = { last: undefined };

/** One flag for many users, in turn. */
export function singleLoop(
  { target, context, call, isAsync }: Subject,
  flag: BenchFlag,
  users: readonly BenchUser[],
): Loop {
  const held = target(flag);
  const contexts = users.map(context);
  let next = 0;
  if (isAsync === true) {
    return async (count) => {
      for (let i = 0; i < count; i++) {
        sink.last = await call(held, contexts[next]);
        if (++next === contexts.length) next = 0;
      }
    };
  }
  return (count) => {
    // Local, and known to be an integer: else the loop itself would take longer than the fastest calls.
    const { length } = contexts;
    let at = next | 0;
    let last: unknown;
    for (let i = 0; i < count; i++) {
      last = call(held, contexts[at]);
      if (++at === length) at = 0;
    }
    next = at;
    sink.last = last;
  };
}

/** Many flags through one call site, for contexts of many shapes, each time another user's. */
export function mixedLoop(
  { target, context, setId, call, isAsync }: Subject,
  flags: readonly BenchFlag[],
  users: readonly BenchUser[],
  ids: readonly string[],
): Loop {
  const held = flags.map(target);
  const contexts = users.map(context);
  // Where the next call is. Counted, because dividing takes longer than some calls.
  const next = { id: 0, user: 0, flag: 0 };
  if (isAsync === true) {
    return async (count) => {
      for (let i = 0; i < count; i++) {
        const current = contexts[next.user]!;
        setId(current, ids[next.id]!);
        sink.last = await call(held[next.flag], current);
        if (++next.id === ids.length) next.id = 0;
        if (++next.user === contexts.length) next.user = 0;
        if (++next.flag === held.length) next.flag = 0;
      }
    };
  }
  return (count) => {
    let [id, user, flag] = [next.id | 0, next.user | 0, next.flag | 0];
    const [idsCount, usersCount, flagsCount] = [ids.length, contexts.length, held.length];
    let last: unknown;
    for (let i = 0; i < count; i++) {
      const current = contexts[user]!;
      setId(current, ids[id]!);
      last = call(held[flag], current);
      if (++id === idsCount) id = 0;
      if (++user === usersCount) user = 0;
      if (++flag === flagsCount) flag = 0;
    }
    Object.assign(next, { id, user, flag });
    sink.last = last;
  };
}
