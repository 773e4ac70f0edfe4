// What is printed of a document must read as the same document, and must not reach the terminal as control characters.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseData } from '../input/read-data.ts';
import { ordered, yamlOf } from './describe.ts';
import { printable } from './printable.ts';

const control = ['\u0000', '\u001b[2J', '\u0085', '\u009f', '\u007f', '\u2028', '\u2029', '\u202e', '\u2066'];
const odd = [
  '\r',
  '\r\n',
  '\n',
  '\t',
  ' ',
  '\\',
  '\\u2028',
  '"',
  "'",
  ': ',
  ' #',
  '---',
  '\ufeff',
  'é',
  '\u{1f600}',
  'no',
  '1',
];
const texts = fc
  .array(fc.constantFrom(...control, ...odd, 'a', 'word '.repeat(30)), { maxLength: 5 })
  .map((parts) => parts.join(''));
const documents = fc.dictionary(texts, fc.oneof(texts, fc.array(texts, { maxLength: 2 })), { maxKeys: 4 });

const printed = (value: unknown): string => printable(`${yamlOf(value).join('\n')}\n`);

it.each(control)('prints %j as an escape that is read as the same character', (character) => {
  const document = { description: `a${character}b`, variants: { [character]: `${character}\n` } };
  expect(printed(document)).not.toContain(character);
  expect(parseData(printed(document), 'file')).toEqual(document);
});

it('prints documents that are read as they were', () => {
  const property = fc.property(documents, (document) => {
    expect(parseData(printed(ordered(document)), 'file')).toEqual(document);
  });
  fc.assert(property, { numRuns: 500, seed: 1 });
});
