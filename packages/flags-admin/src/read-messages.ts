// From proto3 JSON, which leaves out zeros and empty lists, to the types of model.ts, which have everything.
import type { JsonValue } from '@org/contract/model';
import type {
  CommitResult,
  CreatedKey,
  DocumentDiff,
  DocumentRef,
  Environment,
  Evaluation,
  FlagLifecycle,
  FleetMember,
  Identity,
  Key,
  KeyKind,
  Principal,
  PrincipalKind,
  Project,
  Revision,
  RevisionDiff,
  Role,
  ScheduleStatus,
  StoredDocument,
  Usage,
} from './model.ts';

/** A message as JSON. */
export type Message = Readonly<Record<string, unknown>>;

export const messageOf = (value: unknown): Message =>
  typeof value === 'object' && value !== null ? (value as Message) : {};
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
export const count = (value: unknown): number => Number(value ?? 0);
export const truth = (value: unknown): boolean => value === true;
export const optional = <T>(value: unknown, read: (message: Message) => T): T | undefined =>
  value === undefined || value === null ? undefined : read(messageOf(value));
const object = (value: unknown): object | undefined => optional(value, (message) => message);

/** The members of a list, each read. */
export const list = <T>(value: unknown, read: (message: Message) => T): readonly T[] =>
  (Array.isArray(value) ? value : []).map((item) => read(messageOf(item)));

/** `KEY_KIND_SERVER` as `server`. */
export const word = <T extends string>(prefix: string, value: unknown): T =>
  (text(value).replace(prefix, '').toLowerCase() || 'unspecified') as T;

export const textList = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(String) : [];
const roleOf = (value: unknown): Role => word<Role>('ROLE_', value);

export const readProject = (from: Message): Project => ({
  key: text(from['key']),
  name: text(from['name']),
  createdAt: text(from['createdAt']),
});

export const readEnvironment = (from: Message): Environment => ({
  id: text(from['id']),
  project: text(from['project']),
  key: text(from['key']),
  name: text(from['name']),
  historyId: text(from['historyId']),
  revision: count(from['revision']),
  allowedOrigins: textList(from['allowedOrigins']),
  createdAt: text(from['createdAt']),
});

export const readPrincipal = (from: Message): Principal => ({
  id: text(from['id']),
  name: text(from['name']),
  kind: word<PrincipalKind>('PRINCIPAL_KIND_', from['kind']),
  roles: list(from['roles'], ({ scope, role }) => ({ scope: text(scope), role: roleOf(role) })),
  disabled: truth(from['disabled']),
  createdAt: text(from['createdAt']),
});

export const readKey = (from: Message): Key => ({
  id: text(from['id']),
  kind: word<KeyKind>('KEY_KIND_', from['kind']),
  name: text(from['name']),
  principalId: text(from['principalId']),
  environment: text(from['environment']),
  createdAt: text(from['createdAt']),
  expiresAt: text(from['expiresAt']),
  revokedAt: text(from['revokedAt']),
});

export const readCreatedKey = (from: Message): CreatedKey => ({
  key: readKey(messageOf(from['key'])),
  secret: text(from['secret']),
});

export const readIdentity = (from: Message): Identity => ({
  keyId: text(from['keyId']),
  keyKind: word<KeyKind>('KEY_KIND_', from['keyKind']),
  principal: optional(from['principal'], readPrincipal),
  environment: optional(from['environment'], readEnvironment),
});

export const readDocument = (from: Message): StoredDocument =>
  ({
    kind: text(from['kind']),
    key: text(from['key']),
    revision: count(from['revision']),
    document: messageOf(from['document']),
    createdAt: text(from['createdAt']),
    changedAt: text(from['changedAt']),
    // The server checked the document against the schema of its kind when it was committed.
  }) as unknown as StoredDocument;

export const readRef = ({ kind, key }: Message): DocumentRef => ({ kind: text(kind), key: text(key) });

export const readRevision = (from: Message): Revision => ({
  revision: count(from['revision']),
  committedAt: text(from['committedAt']),
  principalId: text(from['principalId']),
  principalName: text(from['principalName']),
  author: text(from['author']),
  reason: text(from['reason']),
  idempotencyKey: text(from['idempotencyKey']),
  changed: list(from['changed'], readRef),
  changedCount: count(from['changedCount']),
});

export const readDocumentDiff = (from: Message): DocumentDiff => ({
  ...readRef(from),
  before: object(from['before']),
  after: object(from['after']),
  jsonPatch: text(from['jsonPatch']),
  summary: textList(from['summary']),
  truncated: truth(from['truncated']),
});

export const readCommit = (from: Message): CommitResult => ({
  ...readRevisionWithDiffs(from),
  historyId: text(from['historyId']),
  replayed: truth(from['replayed']),
  unchanged: truth(from['unchanged']),
});

export const readRevisionWithDiffs = (from: Message): Pick<CommitResult, 'revision' | 'diffs'> => ({
  revision: readRevision(messageOf(from['revision'])),
  diffs: list(from['diffs'], readDocumentDiff),
});

export const readRevisionDiff = (from: Message): RevisionDiff => ({
  diffs: list(from['diffs'], readDocumentDiff),
  fromRevision: count(from['fromRevision']),
  toRevision: count(from['toRevision']),
  more: truth(from['more']),
});

export const readEvaluation = (from: Message): Evaluation => ({
  flagKey: text(from['flagKey']),
  value: from['value'] as JsonValue | undefined,
  variant: text(from['variant']),
  reason: text(from['reason']),
  rule: text(from['rule']),
  revision: count(from['revision']),
  errorCode: text(from['errorCode']),
  errorMessage: text(from['errorMessage']),
});

export const readFleetMember = (from: Message): FleetMember => {
  const instance = messageOf(from['instance']);
  return {
    instanceId: text(instance['id']),
    sdk: text(instance['sdk']),
    version: text(instance['version']),
    application: text(instance['application']),
    revision: count(from['revision']),
    status: word<FleetMember['status']>('APPLY_STATUS_', from['status']),
    refusedRevision: count(from['refusedRevision']),
    problems: list(from['problems'], (problem) => ({
      ...readRef(problem),
      path: text(problem['path']),
      rule: text(problem['rule']),
      message: text(problem['message']),
    })),
    lastSeen: text(from['lastSeen']),
    keyId: text(from['keyId']),
  };
};

export const readPageToken = (from: Message): string => text(from['nextPageToken']);

export const readUsage = (from: Message): Usage => ({
  ...readRef(from),
  places: textList(from['places']),
  indirect: truth(from['indirect']),
  blocksDeletion: truth(from['blocksDeletion']),
});

export const readScheduleStatus = (from: Message): ScheduleStatus => ({
  schedule: readDocument(messageOf(from['schedule'])) as StoredDocument<'schedule'>,
  state: word<ScheduleStatus['state']>('SCHEDULE_STATE_', from['state']),
  nextRuns: textList(from['nextRuns']),
  lastRun: text(from['lastRun']),
  failure: text(from['failure']),
});

export const readLifecycle = (from: Message): FlagLifecycle => ({
  key: text(from['key']),
  type: text(from['type']),
  owner: text(from['owner']),
  tags: textList(from['tags']),
  createdAt: text(from['createdAt']),
  changedAt: text(from['changedAt']),
  lastEvaluatedAt: text(from['lastEvaluatedAt']),
  countingSince: text(from['countingSince']),
  variants: list(from['variants'], ({ variant, evaluations, lastEvaluatedAt }) => ({
    variant: text(variant),
    evaluations: count(evaluations),
    lastEvaluatedAt: text(lastEvaluatedAt),
  })),
  staleness: word<FlagLifecycle['staleness']>('STALENESS_', from['staleness']),
  variantToKeep: text(from['variantToKeep']),
  advice: text(from['advice']),
  usages: list(from['usages'], readUsage),
});
