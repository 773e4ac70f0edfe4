// What a subject of the benchmark is, and the loops that drive every subject alike.
import type { BenchFlag, BenchUser } from './cases.ts';
import type { Loop, Run } from './measure.ts';

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
  const runAsync: Run = async (count) => {
    for (let i = 0; i < count; i++) {
      sink.last = await call(held, contexts[next]);
      if (++next === contexts.length) next = 0;
    }
  };
  const run: Run = (count) => {
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
  return { run: isAsync === true ? runAsync : run };
}

/**
 * So many contexts are ready at a time: few enough that they are in the cache, as a request's own context is. No multiple of
 * the shapes, so that every flag meets all of them.
 */
const readyContexts = 205;

/**
 * Many flags through one call site, for contexts of many shapes, each time another user's. Applications have their context
 * before they ask, so the next users' ids are put into contexts ahead of the timed part, for every subject alike: a store to
 * objects of eight shapes takes some 10 ns, and the first look at one of a million ids waits for memory.
 */
export function mixedLoop(
  { target, context, setId, call, isAsync }: Subject,
  flags: readonly BenchFlag[],
  users: readonly BenchUser[],
  ids: readonly string[],
): Loop {
  const held = flags.map(target);
  const contexts = Array.from({ length: readyContexts }, (_, at) => context(users[at % users.length]!));
  // Where the next call is. Counted, because dividing takes longer than some calls.
  const next = { id: 0, flag: 0 };
  const prepare = (): void => {
    let seen = 0;
    for (const current of contexts) {
      const id = ids[next.id]!;
      // An id that a request has just brought is in the cache: so is this one, once it has been read.
      seen ^= id.charCodeAt(0) ^ id.charCodeAt(id.length - 1);
      setId(current, id);
      if (++next.id === ids.length) next.id = 0;
    }
    sink.last = seen;
  };
  const run: Run = (count) => {
    let flag = next.flag | 0;
    const flagsCount = held.length;
    let last: unknown;
    for (let at = 0; at < count; at++) {
      last = call(held[flag], contexts[at]);
      if (++flag === flagsCount) flag = 0;
    }
    next.flag = flag;
    sink.last = last;
  };
  const runAsync: Run = async (count) => {
    for (let at = 0; at < count; at++) {
      sink.last = await call(held[next.flag], contexts[at]);
      if (++next.flag === held.length) next.flag = 0;
    }
  };
  return { run: isAsync === true ? runAsync : run, batch: { size: readyContexts, prepare } };
}
