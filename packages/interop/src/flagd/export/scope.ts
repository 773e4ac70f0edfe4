// What an export of one flag knows of the other documents, and where it says what flagd cannot express.
import type { Flag, Overlay, Segment } from '@org/contract/model';

/** All documents of the environment, by key. */
export interface Documents {
  readonly flags: ReadonlyMap<string, Flag>;
  readonly segments: ReadonlyMap<string, Segment>;
  /** Live overlays by the key of their flag, in the order of their own keys. */
  readonly overlays: ReadonlyMap<string, readonly (readonly [string, Overlay])[]>;
}

/** The export of one flag, or of one shared evaluator. */
export interface ExportScope {
  readonly documents: Documents;
  /** Segments by key that are referred to; absent where references cannot stand (inside of `$evaluators`). */
  readonly references: Set<string> | undefined;
  /** Why the flag is left out; the first is told. */
  readonly reasons: string[];
  /** Keys of the flags and segments that are being written out, to end cycles. */
  readonly open: ReadonlySet<string>;
  /** Nodes written so far, shared by all scopes of one flag: inlining can multiply a few documents. */
  readonly size: { nodes: number };
}

/** More nodes are left to remote evaluation: every client would have to carry them. */
export const exportedNodesMax = 5_000;

/** Says why the flag is left out, and answers with nothing, so that callers can return it. */
export function refuse(scope: ExportScope, why: string): undefined {
  scope.reasons.push(why);
  return undefined;
}

/** Counts a node; false, after saying so, when there are too many. */
export function count(scope: ExportScope): boolean {
  scope.size.nodes += 1;
  if (scope.size.nodes <= exportedNodesMax) return true;
  if (scope.size.nodes === exportedNodesMax + 1)
    refuse(scope, `it takes more than ${exportedNodesMax} expressions`);
  return false;
}
