// What a revision did to a document, as authors read it: before, after, a patch, and the same in words.
import type { DocumentDiff } from '@org/contract/gen/flags/v1/document';
import type { JsonObject } from '@org/contract/model';
import type { ChangeRow } from '../../store/history-store.ts';
import { jsonPatch, type PatchOperation } from './json-patch.ts';

const linesMax = 50;
const valueCharsMax = 80;
const placeCharsMax = 200;

/** The diff of one document between two of its states (canonical JSON; undefined: it did not exist). */
export function documentDiff({ kind, key, beforeJson, afterJson }: ChangeRow): DocumentDiff {
  const before = parse(beforeJson);
  const after = parse(afterJson);
  const patch = jsonPatch(before, after);
  return {
    kind,
    key,
    before,
    after,
    jsonPatch: JSON.stringify(patch),
    summary: [...summaryOf(kind, key, before, after, patch)],
    truncated: false,
  };
}

const parse = (json: string | undefined): JsonObject | undefined =>
  json === undefined ? undefined : (JSON.parse(json) as JsonObject);

function summaryOf(
  kind: string,
  key: string,
  before: JsonObject | undefined,
  after: JsonObject | undefined,
  patch: readonly PatchOperation[],
): readonly string[] {
  if (before === undefined) return after === undefined ? [] : [`${kind} ${key} was created`];
  if (after === undefined) return [`${kind} ${key} was removed`];
  const lines = patch.slice(0, linesMax).map((operation) => line(operation));
  return patch.length > linesMax ? [...lines, `and ${patch.length - linesMax} more changes`] : lines;
}

function line(operation: PatchOperation): string {
  if (operation.path === '') return 'the whole document was replaced';
  const path = operation.path.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
  const place = short(path, placeCharsMax);
  if (operation.op === 'remove') return `${place} was removed`;
  const value = short(JSON.stringify(operation.value), valueCharsMax);
  if (path.endsWith('.-')) return `${short(path.slice(0, -2), placeCharsMax)} got ${value}`;
  return operation.op === 'add' ? `${place} was added: ${value}` : `${place} is now ${value}`;
}

const short = (text: string, charsMax: number): string =>
  text.length > charsMax ? `${text.slice(0, charsMax)}…` : text;
