// What an exposure says of its context: the attributes that an overlay reports, and nothing else. Bounded; never throws.
import { reportedCharsMax, reportedMax } from './limits.ts';

/** Names of attributes of one kind of a context, `user` where it is left out. `OverlayReport` of `@org/evaluator` fits. */
export interface Report {
  readonly attributes: readonly string[];
  readonly kind: string | undefined;
}

const ownOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as { readonly [name: string]: unknown })[name]
    : undefined;

const partOf = (context: unknown, kind: string): unknown => {
  const named = ownOf(context, 'kind');
  if (named === 'multi') return ownOf(context, kind);
  return (typeof named === 'string' ? named : 'user') === kind ? context : undefined;
};

/** Texts, cut to 256 characters, finite numbers and booleans; undefined when there are none. */
export const reportedOf = (
  context: unknown,
  report: Report | undefined,
): { [name: string]: unknown } | undefined => {
  if (report === undefined) return undefined;
  const reported: [string, unknown][] = [];
  try {
    const part = partOf(context, report.kind ?? 'user');
    for (const name of report.attributes.slice(0, reportedMax)) {
      const value = ownOf(part, name);
      if (typeof value === 'string') reported.push([name, value.slice(0, reportedCharsMax)]);
      else if (typeof value === 'boolean' || Number.isFinite(value)) reported.push([name, value]);
    }
  } catch {
    // A getter or proxy that throws: what was read so far has to do.
  }
  // Not by assignment: a member named "__proto__" must stay one.
  return reported.length === 0 ? undefined : Object.fromEntries(reported);
};
