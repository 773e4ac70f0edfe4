import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JsonObject } from '@org/contract/model';
import { readDocuments } from './read-documents.ts';
import { documentsText, editedText } from './write-documents.ts';

const asIs = (document: unknown): unknown => document;

it('writes what it reads, whatever the values are', () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  const documents = fc.dictionary(fc.string({ unit: 'binary' }), fc.dictionary(fc.string(), value), {
    maxKeys: 4,
  });
  fc.assert(
    fc.property(documents, fc.boolean(), (entries, isJson) => {
      const named = Object.entries(entries).map(([key, document]) => ({
        kind: 'segment' as const,
        key,
        document: document as JsonObject,
      }));
      fc.pre(!/__proto__/.test(JSON.stringify(named)) && named.length > 0);
      fc.pre(!/e\+\d|\d{17}/.test(JSON.stringify(named)));
      const path = isJson ? 'a.json' : 'a.yaml';
      const read = readDocuments([{ path, text: documentsText(named, asIs, isJson) }]);
      expect(read.problems).toEqual([]);
      expect(Object.fromEntries(read.documents.map(({ key, document }) => [key, document]))).toEqual(
        JSON.parse(JSON.stringify(entries)),
      );
    }),
    { seed: 5, numRuns: 80 },
  );
});

const text = `# Ours.
flags:
  # The second.
  b:
    type: boolean
    variants: { on: true, off: false } # two
    default:
      variant: on # for now
  a: { type: boolean }
`;

it('changes one document and leaves comments and order', () => {
  const document = {
    type: 'boolean',
    variants: { on: true, off: false },
    default: { variant: 'off' },
    killed: true,
  };
  expect(editedText(text, { kind: 'flag', key: 'b' }, document)).toBe(
    text.replace('variant: on # for now', 'variant: off # for now'),
  );
});

it('takes a document out, and puts one in', () => {
  const without = editedText(text, { kind: 'flag', key: 'a' }, undefined);
  expect(without).toBe(text.replace(/ {2}a:.*\n/, ''));
  const more = editedText(text, { kind: 'segment', key: 'c' }, { keys: ['x'] });
  expect(more).toContain('segments:\n  c:\n    keys:\n      - x\n');
});

it('leaves texts with aliases alone', () => {
  expect(editedText('flags: { a: &a {}, b: *a }', { kind: 'flag', key: 'b' }, {})).toBeUndefined();
});

it('leaves out what only the server writes', () => {
  const named = [
    { kind: 'experiment' as const, key: 'e', document: { flag: 'f', life: { state: 'running' } } },
  ];
  expect(documentsText(named, asIs)).toBe('experiments:\n  e:\n    flag: f\n');
});
