// What comes from files and stdin: read where it is plain data, refused where it is a trap.
import { expect, it } from 'vitest';
import { CliError } from '../exit-codes.ts';
import { openShell } from '../testing/start-core.ts';
import { parseData, readData } from './read-data.ts';

it.each([
  ['{"a": [1, true, null, "x\\u00e9"]}', { a: [1, true, null, 'xé'] }],
  ['a: no\nb: 2026-01-01\nc: 0x10\nd: "1"', { a: 'no', b: '2026-01-01', c: 16, d: '1' }],
  ['base: &b {x: 1}\nuse: *b', { base: { x: 1 }, use: { x: 1 } }],
  ['<<: {x: 1}', { '<<': { x: 1 } }],
  ['1: a\ntrue: b', { '1': 'a', true: 'b' }],
])('reads %j', (text, value) => {
  expect(parseData(text, 'file')).toEqual(value);
});

it('keeps members named like nothing else', () => {
  const read = parseData('{"__proto__": {"polluted": true}, "constructor": 1}', 'file') as object;
  expect(Object.keys(read)).toEqual(['__proto__', 'constructor']);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

const level = (name: string, before: string): string =>
  `${name}: &${name} [${Array(10).fill(`*${before}`).join(',')}]\n`;
const bomb = `a: &a [x]\n${level('b', 'a')}${level('c', 'b')}${level('d', 'c')}${level('e', 'd')}`;

it.each([
  ['a key that stands twice', 'a: 1\nb: 2\na: 3', 'file: Map keys must be unique at line 3'],
  ['the same in JSON', '{"a": {"b": 1, "b": 2}}', 'Map keys must be unique'],
  ['a bomb of aliases', bomb, 'alias'],
  ['an alias that leads to itself', 'a: &a [*a]', 'file'],
  ['a tower of lists', '['.repeat(50_000), 'nested too deep'],
  ['a deep document', `${'{a: '.repeat(101)}1${'}'.repeat(101)}`, 'nested deeper than 100 levels'],
  ['an infinite number', 'a: .inf', 'no number that JSON can hold'],
  ['no number', 'a: .nan', 'no number that JSON can hold'],
  ['a tag', 'a: !!js/function "x"', 'Unresolved tag'],
  ['a set', 'a: !!set {x, y}', 'file'],
  ['half a document', '{"a": 1', 'file'],
  ['two documents', 'a: 1\n---\nb: 2', 'file'],
])('refuses %s', (_, text, message) => {
  expect(() => parseData(text, 'file')).toThrow(CliError);
  expect(() => parseData(text, 'file')).toThrow(message);
});

it('refuses what is too large and what is not there', async () => {
  const { folder, env, close } = openShell();
  const readStdin = async (bytesMax: number): Promise<string> => {
    throw new CliError(`stdin has more than ${bytesMax} bytes`);
  };
  const io = { folder, env, readStdin, stdout() {}, stderr() {} };
  await expect(readData('nowhere.yaml', io)).rejects.toThrow('nowhere.yaml cannot be read');
  await expect(readData('-', io)).rejects.toThrow('more than 8388608 bytes');
  close();
});
