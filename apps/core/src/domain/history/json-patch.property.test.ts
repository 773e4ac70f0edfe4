import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '@org/contract/model';
import { canonicalJson } from '@org/sync';
import { documentDiff } from './document-diff.ts';
import { jsonPatch, type PatchOperation } from './json-patch.ts';

/** RFC 6902, as far as our patches go; knows nothing of how they are made. */
function applyPatch(document: JsonValue, operations: readonly PatchOperation[]): JsonValue {
  let root = structuredClone(document) as unknown;
  for (const operation of operations) {
    const path = operation.path
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = path.pop();
    if (last === undefined) {
      if (operation.op === 'remove') throw new Error('the whole document was removed');
      root = operation.value;
      continue;
    }
    const parent = path.reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], root);
    if (Array.isArray(parent)) {
      if (operation.op === 'remove') parent.splice(Number(last), 1);
      else if (operation.op === 'add' && last === '-') parent.push(operation.value);
      else if (operation.op === 'replace') parent[Number(last)] = operation.value;
      else parent.splice(Number(last), 0, operation.value);
    } else if (operation.op === 'remove') delete (parent as Record<string, unknown>)[last];
    else
      Object.defineProperty(parent, last, {
        value: operation.value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
  }
  return root as JsonValue;
}

const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
const similar = fc
  .tuple(
    fc.dictionary(fc.constantFrom('a', 'b', '~/', ''), json),
    fc.dictionary(fc.constantFrom('a', 'b', '~/', ''), json),
  )
  .map(([before, after]) => [before, after] as readonly [JsonValue, JsonValue]);

it('leads from one document to the other', () => {
  fc.assert(
    fc.property(fc.oneof(similar, fc.tuple(json, json)), ([before, after]) => {
      expect(canonicalJson(applyPatch(before, jsonPatch(before, after)))).toBe(canonicalJson(after));
    }),
    { seed: 20_261_120 },
  );
});

it('is empty for equal documents', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(jsonPatch(value, structuredClone(value))).toEqual([]);
    }),
    { seed: 20_261_120 },
  );
});

it('is told in words, a line each and not too many of them', () => {
  const before = JSON.stringify({ enabled: true, tags: ['a'], gone: 1 });
  const after = JSON.stringify({ enabled: false, tags: ['a', 'b'], 'x/y': 'x'.repeat(100) });
  const diff = documentDiff({ kind: 'flag', key: 'f', beforeJson: before, afterJson: after });
  expect(diff.summary).toEqual([
    'gone was removed',
    'enabled is now false',
    'tags got "b"',
    `x/y was added: "${'x'.repeat(79)}…`,
  ]);
  const many: JsonObject = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`k${index}`, index]));
  const long = documentDiff({ kind: 'flag', key: 'f', beforeJson: '{}', afterJson: JSON.stringify(many) });
  expect([long.summary.length, long.summary.at(-1)]).toEqual([51, 'and 10 more changes']);
});
