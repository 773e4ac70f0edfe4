// A request for every method that gets past authorisation and then does no harm: what it would make exists, what it would
// change does not.

const environment = 'shop/dev';
const instance = { id: 'instance-1', sdk: 'test', version: '1' };
const nothing = 'does-not-exist';

/** Bodies in proto3 JSON by "Service/Method", all on the environment shop/dev, the project shop, or neither. */
export const requests: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'AccessService/WhoAmI': {},
  'AccessService/CreateProject': { key: 'shop', name: 'again' },
  'AccessService/ListProjects': {},
  'AccessService/CreateEnvironment': { project: 'shop', key: 'dev', name: 'again' },
  'AccessService/UpdateEnvironment': { environment, allowedOrigins: { origins: ['https://shop.example'] } },
  'AccessService/ListEnvironments': {},
  'AccessService/CreatePrincipal': { name: '' },
  'AccessService/UpdatePrincipal': { id: nothing },
  'AccessService/ListPrincipals': {},
  'AccessService/CreatePrincipalKey': { principalId: nothing },
  'AccessService/CreateSdkKey': { environment, kind: 'KEY_KIND_UNSPECIFIED' },
  'AccessService/ListKeys': { environment },
  'AccessService/RevokeKey': { environment, keyId: nothing },
  'AdminService/Commit': {
    environment,
    changes: [{ kind: 'flag', key: nothing, delete: true }],
    dryRun: true,
  },
  'AdminService/Kill': { environment, flagKey: nothing },
  'AdminService/GetDocument': { environment, kind: 'flag', key: nothing },
  'AdminService/ListDocuments': { environment },
  'AdminService/ListHistory': { environment },
  'AdminService/GetRevision': { environment, revision: 1 },
  'AdminService/Diff': { environment },
  'AdminService/Revert': { environment, toRevision: 999 },
  'AdminService/WhereUsed': { environment, kind: 'flag', key: nothing },
  'AdminService/ListSchedules': { environment },
  'AdminService/ListLifecycle': { environment },
  'AdminService/PutListPart': { environment, upload: nothing, ids: [''] },
  'AdminService/CommitList': { environment, key: nothing, edit: 'LIST_EDIT_ADD' },
  'AdminService/CheckListMembers': { environment, key: nothing, ids: ['a'] },
  'AdminService/Fleet': { environment },
  'EventService/Record': { environment, instanceId: 'instance-1', sequence: 1 },
  'FlagService/Evaluate': { environment, flagKey: nothing },
  'FlagService/EvaluateAll': { environment },
  'FlagService/EvaluateStream': { id: 1, request: { environment, flagKey: nothing } },
  'SyncService/GetSnapshot': { environment },
  'SyncService/GetDeltas': { environment, historyId: nothing },
  'SyncService/Watch': { environment },
  'SyncService/ReportApplied': { environment, instance, status: 'APPLY_STATUS_APPLIED' },
  'SyncService/GetListChunks': { environment, hashes: [nothing] },
  'SyncService/GetPushAccess': { environment, instance },
};
