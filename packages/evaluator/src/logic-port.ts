// What the evaluator knows of JSONLogic: types. The part that has the meaning (./logic) is given to evaluators that shall
// have it; browsers go without.
import type { ErrorCode } from '@org/contract/model';
import type { SegmentCell } from './expression.ts';
import type { Findings } from './findings.ts';

/** The optional part: `createEvaluator({ logic: jsonLogic })`, with `jsonLogic` of `@org/evaluator/logic`. */
export interface Logic {
  /** Checks a tree; undefined after something was reported. Never throws on JSON. */
  readonly compile: (tree: unknown, scope: LogicScope) => LogicProgram | undefined;
}

/** What checking a tree needs to know of the world around it. */
export interface LogicScope {
  readonly findings: Findings;
  /** What `{"$ref": key}` stands for. */
  readonly segment: (key: string) => LogicSegment | undefined;
}

/** A segment as trees refer to it. */
export interface LogicSegment extends SegmentCell {
  /** The tree of a segment whose condition is one: stands in place of the reference. */
  readonly logic?: unknown;
}

/** A checked tree. Reads the context as it is, without kinds; throws only what the context throws. */
export interface LogicProgram {
  /** The name of the variant to serve, null for none, or why there is neither. */
  readonly variant: (context: unknown, injected: LogicInjected) => string | null | LogicFault;
  /** The truth of what the tree answers; false when it cannot be evaluated. */
  readonly holds: (context: unknown, injected: LogicInjected) => boolean;
}

/** What `$flagd` reads. */
export interface LogicInjected {
  readonly flagKey: string;
  /** Seconds since 1970; undefined when the evaluator has no clock. */
  readonly timestamp: number | undefined;
}

/** Why logic answered nothing. One object for each reason. */
export interface LogicFault {
  readonly errorCode: ErrorCode;
  readonly errorMessage: string;
}
