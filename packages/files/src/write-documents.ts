// Documents as the text of files: the same documents are the same text. Changing one document of a file leaves the rest of
// it, comments and order included, as it stands.
import { Document, parseDocument, visit } from 'yaml';
import type { JsonObject, JsonValue } from '@org/contract/model';
import { authoredPart, pluralOf, type FileKind } from './kinds.ts';

/** A document to be written. */
export interface NamedDocument {
  readonly kind: FileKind;
  readonly key: string;
  readonly document: JsonObject;
}

/** The text of a file with these documents. `order` sorts members; what is authored by people keeps its order. */
export function documentsText(
  documents: readonly NamedDocument[],
  order: (document: unknown) => unknown,
  isJson = false,
): string {
  const sorted = documents.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const kinds = Object.entries(pluralOf).map(([kind, plural]) => {
    const own = sorted.filter((each) => each.kind === kind);
    return [
      plural,
      Object.fromEntries(own.map((each) => [each.key, order(authoredPart(kind, each.document))])),
    ] as const;
  });
  const content = Object.fromEntries(kinds.filter(([, entries]) => Object.keys(entries).length > 0));
  return isJson ? jsonText(content) : yamlText(new Document(content, { aliasDuplicateObjects: false }));
}

const jsonText = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** Lines are not folded: folded blocks do not read as they were where blanks meet line ends. */
const yamlText = (document: Document): string => document.toString({ lineWidth: 0 });

/** Characters that a terminal or an editor would act on: only between double quotes an escape means one. */
const unprintable = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

/**
 * The text with one document set, or taken out (undefined). Undefined when the text is none that can be changed: aliases lead
 * to values that stand elsewhere.
 */
export function editedText(
  text: string,
  { kind, key }: { readonly kind: FileKind; readonly key: string },
  document: JsonObject | undefined,
  isJson = false,
): string | undefined {
  const path = [pluralOf[kind], key];
  const parsed = parseDocument(text, { version: '1.2', schema: 'core', merge: false });
  if (parsed.errors.length > 0 || hasAliases(parsed)) return undefined;
  if (document === undefined) parsed.deleteIn(path);
  else setMembers(parsed, path, authoredPart(kind, document));
  if (isJson) return jsonText(parsed.toJS());
  visit(parsed, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string' && unprintable.test(scalar.value)) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  return yamlText(parsed);
}

function hasAliases(document: ReturnType<typeof parseDocument>): boolean {
  let found = false;
  visit(document, {
    Alias: () => {
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

/** Member by member, so that comments at what stays the same stay, too. */
function setMembers(
  parsed: ReturnType<typeof parseDocument>,
  path: readonly string[],
  wanted: JsonObject,
): void {
  const node = parsed.getIn(path) as { toJSON?: () => unknown } | undefined;
  const present = node?.toJSON?.();
  if (typeof present !== 'object' || present === null || Array.isArray(present)) {
    parsed.setIn(path, parsed.createNode(wanted));
    return;
  }
  for (const name of Object.keys(present)) if (!Object.hasOwn(wanted, name)) parsed.deleteIn([...path, name]);
  for (const [name, value] of Object.entries(wanted)) {
    const before = (present as JsonObject)[name];
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(value)) continue;
    if (isObject(before) && isObject(value)) setMembers(parsed, [...path, name], value);
    else parsed.setIn([...path, name], isScalar(value) ? value : parsed.createNode(value));
  }
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isScalar = (value: JsonValue): boolean => typeof value !== 'object' || value === null;
