// Rows of the store as messages of the contract.
import type { Revision, StoredDocument } from '@org/contract/gen/flags/v1/document';
import type { RevisionRow } from '../../store/history-store.ts';
import type { HeldDocument } from '../environment/document-set.ts';
import { timestampOf } from '../environment/encoded.ts';

export const revisionMessage = (row: RevisionRow): Revision => ({
  revision: row.revision,
  committedAt: timestampOf(row.committedAtMs),
  principalId: row.principalId,
  principalName: row.principalName,
  author: row.author,
  reason: row.reason,
  idempotencyKey: row.idempotencyKey,
  changed: row.changed.map(({ kind, key }) => ({ kind, key })),
  changedCount: row.changedCount,
});

export const storedDocumentMessage = (held: HeldDocument): StoredDocument => ({
  kind: held.kind,
  key: held.key,
  revision: held.revision,
  document: held.document,
  createdAt: timestampOf(held.createdAtMs),
  changedAt: timestampOf(held.changedAtMs),
});
