// RFC 6902 patches from one JSON value to another. Arrays are compared by position. Pure. Long names above many small
// changes must not make a patch many times larger than the documents: then it replaces the whole.
import type { JsonObject, JsonValue } from '@org/contract/model';

export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: string };

/** Characters of all the paths of a patch. */
const pathCharsMax = 256 * 1024;

/** Operations that turn `before` into `after`; undefined stands for "no document". */
export function jsonPatch(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
): readonly PatchOperation[] {
  const operations = new Operations();
  try {
    compare(before, after, '', operations);
    return operations.list;
  } catch (error) {
    if (!(error instanceof PatchTooLong) || after === undefined) throw error;
    return [{ op: 'replace', path: '', value: after }];
  }
}

class PatchTooLong extends Error {}

class Operations {
  readonly list: PatchOperation[] = [];
  #pathChars = 0;

  push(operation: PatchOperation): void {
    this.#pathChars += operation.path.length;
    if (this.#pathChars > pathCharsMax) throw new PatchTooLong();
    this.list.push(operation);
  }
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const escape = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

function compare(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  path: string,
  operations: Operations,
): void {
  if (before === after) return;
  if (after === undefined) operations.push({ op: 'remove', path });
  else if (before === undefined) operations.push({ op: 'add', path, value: after });
  else if (Array.isArray(before) && Array.isArray(after)) compareArrays(before, after, path, operations);
  else if (isObject(before) && isObject(after)) compareObjects(before, after, path, operations);
  else operations.push({ op: 'replace', path, value: after });
}

function compareObjects(before: JsonObject, after: JsonObject, path: string, operations: Operations): void {
  for (const name of Object.keys(before)) {
    if (!Object.hasOwn(after, name)) operations.push({ op: 'remove', path: `${path}/${escape(name)}` });
  }
  for (const [name, value] of Object.entries(after)) {
    const known = Object.hasOwn(before, name) ? before[name] : undefined;
    compare(known, value, `${path}/${escape(name)}`, operations);
  }
}

function compareArrays(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  path: string,
  operations: Operations,
): void {
  const shared = Math.min(before.length, after.length);
  for (let index = 0; index < shared; index += 1) {
    compare(before[index], after[index], `${path}/${index}`, operations);
  }
  // From the end, so that the positions of the others stay.
  for (let index = before.length - 1; index >= shared; index -= 1)
    operations.push({ op: 'remove', path: `${path}/${index}` });
  for (const value of after.slice(shared)) operations.push({ op: 'add', path: `${path}/-`, value });
}
