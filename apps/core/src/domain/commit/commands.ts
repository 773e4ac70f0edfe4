// From requests to commit commands: Commit, Kill, Revert. Each says under the lock what is to change.
import { fail, limits, succeed, type Result, type Violation } from '@org/contract';
import type { CommitRequest, KillRequest, RevertRequest } from '@org/contract/gen/flags/v1/admin_service';
import type { Change } from '@org/contract/gen/flags/v1/document';
import type { Caller, EnvironmentGrant } from '../../application.ts';
import { readDifference, readDocumentAt } from '../../store/history-store.ts';
import { appendAudit } from '../../store/audit-store.ts';
import type { DocumentSource } from '../environment/document-set.ts';
import { callerScope, checkTexts, invalidRequest, type CommitTexts } from './check-request.ts';
import type { CommitCommand, Committer, LockedEnvironment } from './commit-command.ts';
import { killsTaken, ownStateChecked, ownStateKept } from './own-state.ts';
import { checkChanges, type CheckedChanges, type RawChange } from './proposed-change.ts';
import { requestHash } from './request-hash.ts';

/** Schedules are plans, not state: reverting an environment must not bring executed ones back to life. */
const notReverted: ReadonlySet<string> = new Set(['schedule']);

export const committerOf = ({ keyId, principal }: Caller): Committer => ({
  principalId: principal?.id ?? '',
  principalName: principal?.name ?? '',
  keyId,
});

type Base = Omit<CommitCommand, 'changes' | 'requestHash'>;

const baseOf = (grant: EnvironmentGrant, texts: CommitTexts): Base => ({
  environmentId: grant.environmentId,
  committer: committerOf(grant.caller),
  author: texts.author,
  reason: texts.reason,
  idempotencyKey: texts.idempotencyKey,
  idempotencyScope: callerScope(texts.idempotencyKey),
  dryRun: false,
  urgent: false,
  validate: true,
  policy: 'direct',
  ownState: ownStateChecked,
});

/** Any changes to documents. */
export function commitCommand(grant: EnvironmentGrant, request: CommitRequest): Result<CommitCommand> {
  const { changes, author, reason, expectedRevision, dryRun } = request;
  const refused = invalidRequest([
    ...checkTexts(request),
    ...checkCount(changes.length),
    ...changes.flatMap(checkAction),
  ]);
  if (refused !== undefined) return refused;
  const checked = checkChanges(changes.map(rawChange));
  return succeed({
    ...baseOf(grant, request),
    expectedRevision,
    dryRun,
    // With their number, for `checked` leaves out what is no change at all.
    requestHash: requestHash(
      'commit',
      changes.length,
      checked.changes,
      author,
      reason,
      expectedRevision ?? null,
    ),
    changes: ({ documents }) => succeed(withoutGhosts(checked, documents)),
  });
}

/** To remove what is not there is a mistake: a key that was mistyped must not look like done. With a revision it is a conflict. */
function withoutGhosts(checked: CheckedChanges, documents: DocumentSource): CheckedChanges {
  const ghosts = checked.changes
    .filter(({ json, expectedRevision }) => json === undefined && !expectedRevision)
    .filter(({ kind, key }) => documents.held(kind, key) === undefined)
    .map(({ kind, field }) => ({ field, rule: 'not_found', message: `There is no such ${kind}.` }));
  return ghosts.length === 0 ? checked : { ...checked, findings: [...checked.findings, ...ghosts] };
}

function checkCount(count: number): readonly Violation[] {
  if (count === 0)
    return [{ field: 'changes', rule: 'min_items', message: 'At least one change is required.' }];
  const countMax = limits.changesPerCommitMax;
  return count > countMax
    ? [{ field: 'changes', rule: 'max_items', message: `At most ${countMax} changes.` }]
    : [];
}

function checkAction({ action }: Change, index: number): readonly Violation[] {
  const done = action?.$case === 'delete' ? action.value : action?.value !== undefined;
  if (done) return [];
  return [
    {
      field: `changes[${index}]`,
      rule: 'required',
      message: 'Either a document or delete: true is required.',
    },
  ];
}

export const rawChange = (change: Change, index: number): RawChange => ({
  kind: change.kind,
  key: change.key,
  document: change.action?.$case === 'document' ? change.action.value : undefined,
  expectedRevision: change.expectedDocumentRevision,
  field: `changes[${index}]`,
});

/** Switches a flag off for everybody, or back on. */
export function killCommand(
  grant: EnvironmentGrant,
  request: KillRequest,
  nowMs: number,
): Result<CommitCommand> {
  const refused = invalidRequest(checkTexts(request));
  if (refused !== undefined) return refused;
  const { flagKey, restore } = request;
  const base = baseOf(grant, request);
  return succeed({
    ...base,
    requestHash: requestHash('kill', flagKey, restore, request.author, request.reason),
    urgent: true,
    validate: restore,
    policy: undefined,
    ownState: killsTaken,
    changes: (environment) => killChanges(environment, flagKey, restore),
    alongside: (transaction, revision) =>
      appendAudit(transaction, {
        atMs: nowMs,
        actorKeyId: base.committer.keyId,
        actorPrincipalId: base.committer.principalId,
        action: restore ? 'flag.restore' : 'flag.kill',
        target: `${grant.environmentId}/${flagKey}`,
        details: { revision },
      }),
  });
}

function killChanges(
  { documents }: LockedEnvironment,
  key: string,
  restore: boolean,
): Result<CheckedChanges> {
  const held = documents.held('flag', key);
  if (held === undefined) return fail('NOT_FOUND', 'There is no such flag.');
  const { killed: _killed, ...rest } = held.document;
  const document = restore ? rest : { ...rest, killed: true };
  const raw = { kind: 'flag', key, document, expectedRevision: held.revision, field: 'flag_key' };
  const checked = checkChanges([raw]);
  return succeed(restore ? checked : { ...checked, findings: [] });
}

/** Commits the state of an earlier revision. */
export function revertCommand(grant: EnvironmentGrant, request: RevertRequest): Result<CommitCommand> {
  const { kind, key, author, reason, expectedRevision, kills } = request;
  // Left out, it must not mean 0: that would remove everything.
  const toRevision = request.toRevision ?? Number.NaN;
  const refused = invalidRequest([...checkTexts(request), ...checkTarget(request)]);
  if (refused !== undefined) return refused;
  return succeed({
    ...baseOf(grant, request),
    expectedRevision,
    ownState: kills ? killsTaken : ownStateKept,
    requestHash: requestHash(
      ...['revert', toRevision, kind, key, author, reason, expectedRevision ?? null],
      ...(kills ? ['kills'] : []),
    ),
    changes: async (environment) => {
      if (toRevision > environment.revision)
        return fail('NOT_FOUND', `There is no revision ${toRevision} yet.`);
      const raw =
        kind === ''
          ? await environmentAt(environment, toRevision)
          : await documentAt(environment, { kind, key }, toRevision);
      if (raw === undefined) return fail('NOT_FOUND', 'There never was such a document.');
      return succeed(checkChanges(raw));
    },
  });
}

function checkTarget({ toRevision, kind, key }: RevertRequest): readonly Violation[] {
  const findings: Violation[] = [];
  if (toRevision === undefined)
    findings.push({ field: 'to_revision', rule: 'required', message: 'Name the revision to go back to.' });
  if ((kind === '') !== (key === '')) {
    const field = kind === '' ? 'kind' : 'key';
    findings.push({ field, rule: 'required', message: 'Name kind and key of the document, or neither.' });
  }
  return findings;
}

/** What an environment can hold at one revision and at the other. */
const revertedMax = 2 * limits.documentsPerEnvironmentMax;

const parsed = (json: string | undefined): unknown => (json === undefined ? undefined : JSON.parse(json));

async function environmentAt(
  environment: LockedEnvironment,
  toRevision: number,
): Promise<readonly RawChange[]> {
  const { transaction, environmentId, revision } = environment;
  const changes: RawChange[] = [];
  const touched = readDifference(transaction, environmentId, toRevision, revision, revertedMax);
  for await (const { kind, key, beforeJson } of touched) {
    if (!notReverted.has(kind)) changes.push(revertedChange(kind, key, beforeJson));
  }
  return changes;
}

/** Undefined for a document that no revision knows. */
async function documentAt(
  environment: LockedEnvironment,
  { kind, key }: { readonly kind: string; readonly key: string },
  toRevision: number,
): Promise<readonly RawChange[] | undefined> {
  const { transaction, environmentId } = environment;
  const { known, changedSince, json } = await readDocumentAt(
    transaction,
    environmentId,
    { kind, key },
    toRevision,
  );
  if (!known) return undefined;
  return changedSince ? [revertedChange(kind, key, json)] : [];
}

/** Findings about the state of back then name the document, since no field of the request holds it. */
const revertedChange = (kind: string, key: string, json: string | undefined): RawChange => ({
  kind,
  key,
  document: parsed(json),
  expectedRevision: undefined,
  field: `to_revision[${JSON.stringify(`${kind}/${key}`)}]`,
});
