// The unary calls an SDK makes, on whatever session is open. Requests and answers only; who repeats what is decided elsewhere.
import {
  ApplyStatus,
  SyncServiceService,
  type GetDeltasResponse,
  type GetSnapshotResponse,
  type ListChunk,
} from '@org/contract/gen/flags/v1/sync_service';
import { EventServiceService, type RecordResponse } from '@org/contract/gen/flags/v1/event_service';
import type { Batch } from '@org/events';
import type { Position, SyncReport } from '@org/sync';
import type { Connection } from './connection.ts';
import { encodeRecord } from './encode-record.ts';
import { FlagsError, grpcStatus } from './errors.ts';
import type { Method } from './grpc/call.ts';
import { callUnary } from './grpc/session.ts';
import {
  callTimeoutMs,
  listChunksPerCallMax,
  problemsPerReportMax,
  snapshotTimeoutMs,
  stateStallMs,
} from './limits.ts';
import type { Subscriber } from './push/push-channel.ts';

/** Calls to the core. Every promise rejects with a FlagsError when there is no session. */
export interface CoreCalls {
  getSnapshot(position: Position | undefined): Promise<GetSnapshotResponse>;
  getDeltas(position: Position, limit: number): Promise<GetDeltasResponse>;
  report(report: SyncReport): Promise<unknown>;
  record(batch: Batch): Promise<RecordResponse>;
  /** Some of the chunks of lists: as many as fit an answer. */
  getListChunks(hashes: readonly string[]): Promise<readonly ListChunk[]>;
}

const record = { ...EventServiceService.record, requestSerialize: encodeRecord };

const nowhere: Position = { historyId: '', revision: 0, hash: '' };

const applyStatus = {
  APPLIED: ApplyStatus.APPLIED,
  APPLIED_WITH_PROBLEMS: ApplyStatus.APPLIED_WITH_PROBLEMS,
  REFUSED: ApplyStatus.REFUSED,
} as const;

/** Calls on the session that is open at the time of the call. */
export const createCoreCalls = (
  { environment, instance }: Subscriber,
  connection: Pick<Connection, 'session' | 'summon'>,
): CoreCalls => {
  const call = <Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    timeoutMs: number,
    stallMs?: number,
  ): Promise<Response> => {
    const open = connection.session;
    if (open) return callUnary(open, method, request, timeoutMs, stallMs);
    // Reports and events wait for the next session; a repair does not.
    if (stallMs !== undefined) connection.summon();
    return Promise.reject(new FlagsError('CALL_FAILED', 'not connected', { status: grpcStatus.unavailable }));
  };
  return {
    getSnapshot: (position = nowhere) => {
      const { historyId, revision, hash } = position;
      return call(
        SyncServiceService.getSnapshot,
        { environment, historyId, revision, hash },
        snapshotTimeoutMs,
        stateStallMs,
      );
    },
    getDeltas: ({ historyId, revision }, limit) =>
      call(
        SyncServiceService.getDeltas,
        { environment, historyId, fromRevision: revision, limit },
        snapshotTimeoutMs,
        stateStallMs,
      ),
    getListChunks: async (hashes) => {
      const request = { environment, hashes: hashes.slice(0, listChunksPerCallMax) };
      const { chunks } = await call(
        SyncServiceService.getListChunks,
        request,
        snapshotTimeoutMs,
        stateStallMs,
      );
      return chunks;
    },
    report: ({ historyId, revision, hash, status, refusedRevision = 0, problems }) =>
      call(
        SyncServiceService.reportApplied,
        {
          environment,
          instance,
          historyId,
          revision,
          hash,
          status: applyStatus[status],
          refusedRevision,
          problems: problems.slice(0, problemsPerReportMax).map((problem) => ({ ...problem })),
        },
        callTimeoutMs,
      ),
    record: ({ sequence, events, dropped }) =>
      call(
        record,
        { environment, instanceId: instance.id, sequence, events: [...events], dropped },
        callTimeoutMs,
      ),
  };
};
