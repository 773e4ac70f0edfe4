// The whole state of one environment in memory: documents and both views. A change is first previewed, then applied;
// previewing alters nothing and costs as much as the change.
import { evaluatedKinds } from '@org/contract/model';
import type { LogEntry, LoadedEnvironment, LogChange } from '../../store/environment-store.ts';
import { changedDocuments, type DocumentChange } from './changed-documents.ts';
import { clientCandidates, clientJson } from './client-view.ts';
import { DocumentSet, holdDocument, type DocumentSource } from './document-set.ts';
import { View, viewDocument, type ViewChange, type ViewDocument } from './view.ts';

/** A revision worked out against the state before it. */
export interface StateChange {
  readonly revision: number;
  readonly committedAtMs: number;
  readonly documents: readonly DocumentChange[];
  /** The documents as they are after the change; valid until the change is applied. */
  readonly after: DocumentSource;
  readonly server: ViewChange;
  readonly client: ViewChange;
}

/** Documents and views at one revision of one history. */
export interface EnvironmentState {
  readonly environmentId: string;
  readonly historyId: string;
  readonly revision: number;
  readonly documents: DocumentSet;
  readonly server: View;
  readonly client: View;
  preview(entry: Omit<LogEntry, 'historyId'>): StateChange;
  /** The change must have been previewed against this very state. */
  apply(change: StateChange): void;
}

const evaluated: ReadonlySet<string> = new Set(evaluatedKinds);

/** Builds the state from the stored documents. */
export function createEnvironmentState({ head, documents: rows }: LoadedEnvironment): EnvironmentState {
  const { environmentId, historyId } = head;
  const documents = new DocumentSet();
  const [server, client] = [new View(), new View()];
  let revision = head.revision;

  for (const row of rows) documents.put(holdDocument(row));
  const seen = [...documents.all()].filter(({ kind }) => evaluated.has(kind));
  server.apply({ upserts: seen.map(serverDocument), deletes: [] });
  client.apply({
    upserts: seen.flatMap((held) => clientUpsert(documents, held, environmentId)),
    deletes: [],
  });

  return {
    environmentId,
    historyId,
    get revision() {
      return revision;
    },
    documents,
    server,
    client,
    preview(entry) {
      const changes = entry.changes.map((change) => documentChange(entry, change));
      const after = changedDocuments(documents, changes);
      const seenChanges = changes.filter(({ kind }) => evaluated.has(kind));
      return {
        revision: entry.revision,
        committedAtMs: entry.committedAtMs,
        documents: changes,
        after,
        server: server.preview(
          seenChanges.flatMap((change) => (change.after === undefined ? [] : [serverDocument(change.after)])),
          seenChanges.filter((change) => change.after === undefined),
        ),
        client: previewClient(client, documents, after, seenChanges, environmentId),
      };
    },
    apply(change) {
      for (const { kind, key, after } of change.documents) {
        if (after === undefined) documents.remove(kind, key);
        else documents.put(after);
      }
      server.apply(change.server);
      client.apply(change.client);
      revision = change.revision;
    },
  };
}

const documentChange = (entry: Omit<LogEntry, 'historyId'>, change: LogChange): DocumentChange => {
  const { kind, key, json, createdAtMs } = change;
  if (json === undefined) return { kind, key, after: undefined };
  const { revision, committedAtMs } = entry;
  return {
    kind,
    key,
    after: holdDocument({ kind, key, revision, json, createdAtMs, changedAtMs: committedAtMs }),
  };
};

const serverDocument = (held: {
  kind: string;
  key: string;
  revision: number;
  json: string;
  entry: string;
}): ViewDocument => ({
  kind: held.kind,
  key: held.key,
  revision: held.revision,
  json: held.json,
  entry: held.entry,
});

function clientUpsert(
  source: DocumentSource,
  held: { readonly kind: string; readonly key: string; readonly revision: number },
  salt: string,
): ViewDocument[] {
  const json = clientJson(source, held, salt);
  return json === undefined ? [] : [viewDocument(held.kind, held.key, held.revision, json)];
}

function previewClient(
  view: View,
  before: DocumentSource,
  after: DocumentSource,
  changes: readonly DocumentChange[],
  salt: string,
): ViewChange {
  const upserts: ViewDocument[] = [];
  const deletes: { kind: string; key: string }[] = [];
  for (const id of clientCandidates(before, after, changes)) {
    const held = after.held(id.kind, id.key);
    const [upsert] = held === undefined ? [] : clientUpsert(after, held, salt);
    const known = view.get(id.kind, id.key);
    if (upsert === undefined) deletes.push({ kind: id.kind, key: id.key });
    else if (known?.entry !== upsert.entry || known.revision !== upsert.revision) upserts.push(upsert);
  }
  return view.preview(upserts, deletes);
}
