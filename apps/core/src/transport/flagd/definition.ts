// An environment as a flagd definition, for providers that evaluate in their own process; made once per revision, whatever
// number of streams get it. Flags that flagd cannot express are named in its metadata: ask for those by RPC or OFREP.
import { exportFlagd } from '@org/interop';
import type { ExportedDocument } from '@org/interop';
import type { EnvironmentReplica } from '../../application.ts';
import { inlineFragile } from './inline-fragments.ts';
import { SyncFlagsResponse } from '@org/contract/gen/flagd/sync/v1/sync';

export interface EncodedDefinition {
  /** JSON. */
  readonly text: string;
  /** `SyncFlagsResponse` holding it. */
  readonly bytes: Buffer;
}

interface Known {
  readonly historyId: string;
  readonly revision: number;
  readonly definition: EncodedDefinition;
  readonly documents: ReadonlyMap<string, ParsedDocument>;
}

interface ParsedDocument extends ExportedDocument {
  readonly json: string;
}

const definitions = new WeakMap<EnvironmentReplica, Known>();

/** The definition at the replica's revision; the same object while that lasts. */
export function flagdDefinition(replica: EnvironmentReplica): EncodedDefinition {
  const { historyId, revision } = replica;
  const known = definitions.get(replica);
  if (known?.revision === revision && known.historyId === historyId) return known.definition;
  const documents = parsedDocuments(replica, known?.documents ?? new Map());
  const { definition } = exportFlagd(documents.values(), { flagSetId: replica.environmentId });
  const text = JSON.stringify(inlineFragile(definition));
  const same = known?.definition.text === text ? known.definition : encode(text);
  definitions.set(replica, { historyId, revision, definition: same, documents });
  return same;
}

/** Parses what changed since the last revision, and nothing else. */
function parsedDocuments(
  replica: EnvironmentReplica,
  before: ReadonlyMap<string, ParsedDocument>,
): ReadonlyMap<string, ParsedDocument> {
  const documents = new Map<string, ParsedDocument>();
  for (const { kind, key, json } of replica.snapshot('server').message.documents) {
    const id = `${kind}/${key}`;
    const known = before.get(id);
    documents.set(
      id,
      known?.json === json ? known : { kind, key, json, document: JSON.parse(json) as unknown },
    );
  }
  return documents;
}

function encode(text: string): EncodedDefinition {
  const message = { flagConfiguration: text, syncContext: undefined };
  return { text, bytes: Buffer.from(SyncFlagsResponse.encode(message).finish()) };
}
