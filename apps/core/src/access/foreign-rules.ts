// Who may call the methods of protocols that are not ours and can carry no rule of ours: flagd's services, OFREP, the
// manifest API. The one table beside the generated one; a method of theirs without a row does not compile.
import type { AccessRule, ForeignMethodName } from '@org/contract/gen/access-table';

/** Routes of HTTP protocols, by names of our own. */
export type ForeignRouteName =
  'ofrep/evaluate' | 'ofrep/evaluate-all' | 'ofrep/events' | 'manifest/read' | 'manifest/write';

const streams = { clientStreaming: false, serverStreaming: false } as const;
/** As FlagService/Evaluate: every key, each in its view. */
const evaluate: AccessRule = {
  role: 'ROLE_VIEWER',
  scope: 'SCOPE_ENVIRONMENT',
  serverKey: true,
  clientKey: true,
  reservedCapacity: false,
  ...streams,
};
const evaluateStream: AccessRule = { ...evaluate, serverStreaming: true };
/** Whole definitions, as authored: nothing for browsers. */
const sync: AccessRule = { ...evaluate, clientKey: false };
const syncStream: AccessRule = { ...sync, serverStreaming: true };

export const foreignRules: Readonly<Record<ForeignMethodName | ForeignRouteName, AccessRule>> = {
  'flagd.evaluation.v1.Service/EventStream': evaluateStream,
  'flagd.evaluation.v1.Service/ResolveAll': evaluate,
  'flagd.evaluation.v1.Service/ResolveBoolean': evaluate,
  'flagd.evaluation.v1.Service/ResolveFloat': evaluate,
  'flagd.evaluation.v1.Service/ResolveInt': evaluate,
  'flagd.evaluation.v1.Service/ResolveObject': evaluate,
  'flagd.evaluation.v1.Service/ResolveString': evaluate,
  'flagd.evaluation.v2.Service/EventStream': evaluateStream,
  'flagd.evaluation.v2.Service/ResolveBoolean': evaluate,
  'flagd.evaluation.v2.Service/ResolveFloat': evaluate,
  'flagd.evaluation.v2.Service/ResolveInt': evaluate,
  'flagd.evaluation.v2.Service/ResolveObject': evaluate,
  'flagd.evaluation.v2.Service/ResolveString': evaluate,
  'flagd.sync.v1.FlagSyncService/FetchAllFlags': sync,
  'flagd.sync.v1.FlagSyncService/GetMetadata': sync,
  'flagd.sync.v1.FlagSyncService/SyncFlags': syncStream,
  'schema.v1.Service/EventStream': evaluateStream,
  'schema.v1.Service/ResolveAll': evaluate,
  'schema.v1.Service/ResolveBoolean': evaluate,
  'schema.v1.Service/ResolveFloat': evaluate,
  'schema.v1.Service/ResolveInt': evaluate,
  'schema.v1.Service/ResolveObject': evaluate,
  'schema.v1.Service/ResolveString': evaluate,
  'ofrep/evaluate': evaluate,
  'ofrep/evaluate-all': evaluate,
  'ofrep/events': evaluateStream,
  'manifest/read': sync,
  'manifest/write': { ...evaluate, role: 'ROLE_EDITOR', serverKey: false, clientKey: false },
};
