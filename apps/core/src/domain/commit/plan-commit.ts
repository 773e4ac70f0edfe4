// Works out a commit against a state that does not move meanwhile: conflicts, what really changes, every finding.
// Reads memory only; writes nothing.
import { fail, succeed, type Result, type Violation } from '@org/contract';
import type { LogChange } from '../../store/environment-store.ts';
import type { DocumentSource } from '../environment/document-set.ts';
import type { EnvironmentState, StateChange } from '../environment/environment-state.ts';
import { approvalRule } from '../policy/policies.ts';
import type { CheckedChanges, ProposedChange } from './proposed-change.ts';
import { allStages, canaryStage, findAll, type Proposal, type Stage } from './stages.ts';

/** A commit that may be written. */
export interface CommitPlan {
  /** Those that differ from what is live; none: nothing to commit. */
  readonly changes: readonly ProposedChange[];
  readonly change: StateChange;
}

export interface PlanOptions {
  readonly committedAtMs: number;
  readonly expectedRevision: number | undefined;
  /** False for kills: toggling a switch is not held up by a document's older faults. */
  readonly validate: boolean;
  /** Further canaries: SDKs of earlier releases. */
  readonly canaries?: readonly Stage[] | undefined;
  /** What the rules of the installation refuse. */
  readonly policyFindings?: (changes: readonly ProposedChange[]) => readonly Violation[];
  /** Findings of checks that need the database, for the documents that change. */
  readonly foreignFindings: (
    changes: readonly ProposedChange[],
    after: DocumentSource,
  ) => Promise<readonly Violation[]>;
}

/** The plan, or a fault with every finding. */
export async function planCommit(
  state: EnvironmentState,
  checked: CheckedChanges,
  options: PlanOptions,
): Promise<Result<CommitPlan>> {
  if (checked.findings.length > 0)
    return refused([...checked.findings, ...findingsBeside(state, checked, options)]);
  const conflict = findConflict(state, checked.changes, options.expectedRevision);
  if (conflict !== undefined) return conflict;
  const changes = checked.changes.filter(
    ({ kind, key, json }) => state.documents.held(kind, key)?.json !== json,
  );
  const proposal = propose(state, changes, options.committedAtMs);
  if (changes.length === 0 || !options.validate) return succeed({ changes, change: proposal.change });
  const findings = findAll(allStages, proposal);
  const foreign = await options.foreignFindings(changes, proposal.change.after);
  const policy = options.policyFindings?.(changes) ?? [];
  const found = [...findings, ...foreign, ...policy];
  if (found.length > 0) return refused(found);
  const canary = findAll([canaryStage, ...(options.canaries ?? [])], proposal);
  return canary.length > 0 ? refused(canary) : succeed({ changes, change: proposal.change });
}

/** Where nothing is wrong but that nobody agreed yet, that is another fault: the changes can be proposed as they are. */
const refused = (violations: readonly Violation[]): { ok: false } & Result<never> =>
  violations.every(({ rule }) => rule === approvalRule)
    ? fail('APPROVAL_REQUIRED', violations[0]?.message ?? '', { violations })
    : fail('INVALID_DOCUMENT', `The commit was refused: ${violations.length} finding(s).`, { violations });

/** What the other stages find in documents that are sound by themselves, so that the caller sees all at once. */
function findingsBeside(
  state: EnvironmentState,
  checked: CheckedChanges,
  options: PlanOptions,
): readonly Violation[] {
  const unsound = checked.changes.filter(({ field }) =>
    checked.findings.some((finding) => isBelow(finding.field, field)),
  );
  const found = findAll(allStages, propose(state, checked.changes, options.committedAtMs));
  const sound = checked.changes.filter((change) => !unsound.includes(change));
  return [
    ...found.filter((finding) => !unsound.some(({ field }) => isBelow(finding.field, field))),
    ...(options.validate ? (options.policyFindings?.(sound) ?? []) : []),
  ];
}

const isBelow = (field: string, base: string): boolean => field === base || field.startsWith(`${base}.`);

function propose(
  state: EnvironmentState,
  changes: readonly ProposedChange[],
  committedAtMs: number,
): Proposal {
  const removed = changes.filter(({ json }) => json === undefined).length;
  const created = changes.filter(({ kind, key }) => state.documents.held(kind, key) === undefined).length;
  return {
    changes,
    before: state.documents,
    documentCount: state.documents.size + created - removed,
    change: state.preview({
      revision: state.revision + 1,
      committedAtMs,
      changes: changes.map(({ kind, key, json }): LogChange => {
        const createdAtMs = state.documents.held(kind, key)?.createdAtMs ?? committedAtMs;
        return { kind, key, json, createdAtMs };
      }),
    }),
  };
}

function findConflict(
  state: EnvironmentState,
  changes: readonly ProposedChange[],
  expectedRevision: number | undefined,
): Result<never> | undefined {
  if (expectedRevision !== undefined && expectedRevision !== state.revision) {
    return fail(
      'REVISION_CONFLICT',
      `The environment is at revision ${state.revision}, not ${expectedRevision}.`,
      {
        metadata: { currentRevision: String(state.revision) },
      },
    );
  }
  for (const { kind, key, field, expectedRevision: expected } of changes) {
    const current = state.documents.held(kind, key)?.revision ?? 0;
    if (expected === undefined || expected === current) continue;
    return fail('REVISION_CONFLICT', `${field}: the ${kind} is at revision ${current}, not ${expected}.`, {
      metadata: { kind, key, currentRevision: String(current), field },
    });
  }
  return undefined;
}
