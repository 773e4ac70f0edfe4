// What stands for the world around a document while it is only checked: nothing is ever evaluated with it.
import type { SegmentCell } from './expression.ts';
import { Findings } from './findings.ts';
import type { FlagScope } from './flag-parts.ts';
import type { MemberSet } from './lists/member-set.ts';
import { OutcomeRecord } from './outcome.ts';
import { errorProgram, type ProgramCell } from './program.ts';
import { sentenceOf } from './messages.ts';
import { compileServe, type ServeScope } from './serve.ts';
import type { CheckOptions, DocumentId, DocumentProblem } from './types.ts';
import { isRecord, own, type UntrustedRecord } from './untrusted.ts';

const owner = { flagKey: '', flagId: 0, revision: 0, ids: { next: 0 } };

/** Stands for any outcome. */
export const anyOutcome = new OutcomeRecord(owner, { reason: 'DEFAULT' });
/** Stands for any segment. */
export const anySegment: SegmentCell = { test: () => false, tests: 0 };
/** Stands for any list. */
export const anyMembers: MemberSet = { has: () => false };
/** Stands for any flag. */
export const anyFlag: ProgramCell = { program: errorProgram(owner, { errorCode: 'GENERAL' }) };

/** A scope in which every reference leads somewhere. */
export function checkScope(flagKey: string, { logic }: CheckOptions): FlagScope {
  return {
    findings: new Findings(),
    digest: undefined,
    now: undefined,
    logic,
    segment: () => anySegment,
    list: () => anyMembers,
    flag: () => anyFlag,
    nodes: 0,
    tests: 0,
    owner: { flagKey, flagId: 0, revision: 0, ids: { next: 0 } },
    isCheck: true,
    probe: { last: 0 },
    sticky: undefined,
    overlays: [],
  };
}

/** What an overlay serves, compiled for its findings only. */
export function compilePatch(
  overlay: UntrustedRecord,
  scope: Pick<ServeScope, 'findings' | 'probe' | 'outcomeOf'>,
): void {
  const patch = own(overlay, 'patch');
  const serve = isRecord(patch) ? own(patch, 'serve') : undefined;
  if (serve === undefined) return;
  scope.findings.enter('patch');
  scope.findings.enter('serve');
  compileServe(serve, { ...scope, flagKey: '' });
  scope.findings.leave();
  scope.findings.leave();
}

/** Findings as problems of a document, in sentences. */
export function problemsOf({ kind, key }: DocumentId, findings: Findings): readonly DocumentProblem[] {
  return findings.list.map((finding) => {
    return { kind, key, path: finding.path, rule: finding.rule, message: sentenceOf(finding) };
  });
}
