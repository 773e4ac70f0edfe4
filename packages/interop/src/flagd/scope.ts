// Where the import is in the definition, what it may refer to, and where it reports what it cannot take.
import type { ImportFinding } from '../result.ts';
import type { Fragments } from './fragments.ts';

/** A place in the definition. Every step of the import gets one and hands a deeper one on. */
export interface Scope {
  readonly path: string;
  /** The key of the flag; absent inside `$evaluators`. */
  readonly flagKey?: string;
  readonly variants: ReadonlySet<string>;
  readonly fragments: Fragments;
  readonly depth: number;
  readonly report: (finding: ImportFinding) => void;
  /** Only what answers exactly as flagd does is written in our operators; everything else stays logic. */
  readonly isExact: boolean;
}

/** JSONLogic nested deeper than this is left out. */
export const depthMax = 60;

/** The scope of a member: `.name`, or `[index]`. */
export function below(scope: Scope, step: string | number): Scope {
  const path = typeof step === 'number' ? `${scope.path}[${step}]` : `${scope.path}.${step}`;
  return { ...scope, path, depth: scope.depth + 1 };
}

/** Reports that something is not taken, and answers with nothing, so that callers can return it. */
export function leaveOut(scope: Scope, message: string): undefined {
  scope.report({ path: scope.path, effect: 'left-out', message });
  return undefined;
}

/** Reports that something is taken with a difference. */
export function noteChange(scope: Scope, message: string): void {
  scope.report({ path: scope.path, effect: 'changed', message });
}

/** What `noteInexact` says. */
export const inexact = 'attributes of other types are taken otherwise in flagd';

/**
 * Says that what is taken answers as flagd does for attributes of the expected types only. Of interest to exact imports,
 * which then keep the logic; others take no notice.
 */
export function noteInexact(scope: Scope): void {
  if (scope.isExact) noteChange(scope, inexact);
}

/** A scope that keeps its findings, for what may yet be taken in another way. */
export function attemptIn(scope: Scope): {
  readonly scope: Scope;
  readonly findings: readonly ImportFinding[];
} {
  const findings: ImportFinding[] = [];
  return { scope: { ...scope, report: (finding) => findings.push(finding) }, findings };
}
