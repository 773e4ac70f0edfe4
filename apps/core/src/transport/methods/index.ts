// Every unary method of the contract. A method without a row here does not compile.
import type { accessTable } from '@org/contract/gen/access-table';
import type { MethodName } from '@org/contract/gen/access-table';
import type { UnaryMethod } from '../unary-method.ts';
import { accessMethods } from './access.ts';
import { adminMethods } from './admin.ts';
import { alertMethods } from './alert.ts';
import { analyticsMethods } from './analytics.ts';
import { auditMethods } from './audit.ts';
import { changeRequestMethods } from './change-request.ts';
import { experimentMethods } from './experiment.ts';
import { eventMethods } from './event.ts';
import { flagMethods } from './flag.ts';
import { historyMethods } from './history.ts';
import { rolloutMethods } from './rollout.ts';
import { sourceMethods } from './source.ts';
import { syncMethods } from './sync.ts';

type Streaming = {
  [Name in MethodName]: (typeof accessTable)[Name] extends { serverStreaming: false; clientStreaming: false }
    ? never
    : Name;
}[MethodName];

/** The names of the methods that are one request and one answer. */
export type UnaryMethodName = Exclude<MethodName, Streaming>;
/** The others, served by code of their own. */
export type StreamingMethodName = Streaming;

export const unaryMethods: Readonly<Record<UnaryMethodName, UnaryMethod>> = {
  ...accessMethods,
  ...adminMethods,
  ...alertMethods,
  ...analyticsMethods,
  ...auditMethods,
  ...changeRequestMethods,
  ...eventMethods,
  ...experimentMethods,
  ...flagMethods,
  ...historyMethods,
  ...rolloutMethods,
  ...sourceMethods,
  ...syncMethods,
};
