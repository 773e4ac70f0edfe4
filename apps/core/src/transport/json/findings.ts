// Collects findings about a piece of JSON, up to a limit: a hostile body must not cost an answer larger than itself.
import type { Violation } from '@org/contract';

/** Reports one finding. */
export type Report = (path: string, rule: string, message: string) => void;

const findingsMax = 100;
const pathCharsMax = 300;

/** An empty collection; `report` adds to `violations`. */
export function createFindings(): { readonly violations: readonly Violation[]; readonly report: Report } {
  const violations: Violation[] = [];
  return {
    violations,
    report(path, rule, message) {
      if (violations.length < findingsMax)
        violations.push({ field: path.slice(0, pathCharsMax), rule, message });
    },
  };
}

/** A JSON object: neither null nor an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
