// How a source stands, as it is written down and told.
import type { FileProblem } from '@org/files';
import type { SourceStatus as StatusMessage } from '@org/contract/gen/flags/v1/source_service';
import { timestampOf } from '../domain/environment/encoded.ts';
import type { SourceSettings } from './source.ts';

export interface SourceStatus {
  readonly state: 'waiting' | 'synced' | 'invalid' | 'unreachable';
  readonly files: number;
  readonly documents: number;
  readonly version: string;
  readonly syncedAtMs?: number | undefined;
  readonly revision: number;
  readonly sinceMs: number;
  readonly problems: readonly FileProblem[];
}

export const waiting: SourceStatus = {
  ...{ state: 'waiting', files: 0, documents: 0, version: '', revision: 0, sinceMs: 0, problems: [] },
};

const dateOf = (ms: number | undefined): ReturnType<typeof timestampOf> | undefined =>
  ms === undefined || ms === 0 ? undefined : timestampOf(ms);

/** For callers. */
export const statusMessage = (
  { name, type, edits }: SourceSettings,
  { state, files, documents, version, syncedAtMs, revision, sinceMs, problems }: SourceStatus,
): StatusMessage => ({
  ...{ name, type, edits, state, files, documents, version, revision },
  syncedAt: dateOf(syncedAtMs),
  stateSince: dateOf(sinceMs),
  problems: problems.map(({ kind = '', key = '', path = '', ...rest }) => ({ ...rest, kind, key, path })),
});
