// Files and a real server, both ways, by the command line.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exitCodes, type ExitName } from './exit-codes.ts';
import { openShell, startCore, type TestShell } from './testing/start-core.ts';

let shell: TestShell & { close(): Promise<void> };

beforeAll(async () => {
  shell = await startCore();
});
afterAll(() => shell.close());

const save = (name: string, text: string): void => {
  mkdirSync(join(shell.folder, 'in'), { recursive: true });
  writeFileSync(join(shell.folder, 'in', name), text);
};
const flag = (key: string, value: string, more = ''): string =>
  `flags:\n  ${key}:\n    type: boolean\n    enabled: true\n    variants: { on: true, off: false }\n    default: { variant: ${value} }\n${more}`;
const ends = async (words: string, exit: ExitName): Promise<string> => {
  const { code, out, err } = await shell.flagsctl(words.split(' '));
  expect({ words, code, err: exit === 'ok' ? err : '' }).toEqual({
    words,
    code: exitCodes[exit].code,
    err: '',
  });
  return out + err;
};

it('takes a folder to the server and back, and ends as scripts rely on', async () => {
  save('a.yaml', flag('a', 'on'));
  save(
    'b.json',
    JSON.stringify({ segments: { Payers: { when: { op: 'equals', attribute: 'plan', value: 'paid' } } } }),
  );
  expect(await ends('diff -f in --exit-code', 'different')).toBe(
    '+ flag a (a.yaml:2)\n+ segment Payers (b.json:1)\nflagsctl: something differs\n',
  );
  expect(await ends('apply -f in --dry-run', 'ok')).toContain('would commit revision 1');
  expect(await ends('apply -f in -m first', 'ok')).toContain('committed revision 1');
  expect(await ends('apply -f in', 'ok')).toBe('nothing differs\n');
  expect(await ends('diff -f in --exit-code', 'ok')).toBe('nothing differs\n');
  await ends('flag kill a', 'ok');
  expect(await ends('diff -f in --exit-code', 'ok')).toBe('nothing differs\n');
  expect(await ends('export -o out', 'ok')).toContain('2 documents, 2 files written');
  expect(readdirSync(join(shell.folder, 'out/segments'))).toEqual(['%50ayers.yaml']);
  expect(readFileSync(join(shell.folder, 'out/flags/a.yaml'), 'utf8')).toBe(
    'flags:\n  a:\n    type: boolean\n    enabled: true\n    variants:\n      off: false\n      on: true\n    default:\n      variant: on\n',
  );
  await ends('export -o out --check', 'ok');
  await ends('diff -f out --prune --exit-code', 'ok');
  save('a.yaml', flag('a', 'off'));
  save('b.json', JSON.stringify({ flags: {} }));
  expect(await ends('diff -f in --prune', 'ok')).toBe('~ flag a (a.yaml:2)\n- segment Payers\n');
  await ends('apply -f in --prune -m second', 'ok');
  expect(await ends('export -o out --check', 'different')).toContain('differs flags/a.yaml');
  // Killed it still is: files do not say so.
  expect(await ends('flag get a', 'ok')).toContain('killed: true');
});

it('says where in which file something is wrong, before and after asking the server', async () => {
  save('a.yaml', flag('a', 'nope'));
  expect(await ends('validate -f in', 'invalid')).toContain(
    'a.yaml:6:25: flag "a" default.variant: The flag has no variant "nope". (unknown_variant)',
  );
  expect(await ends('apply -f in', 'invalid')).toContain('a.yaml:6:25: flag "a" default.variant');
  save('a.yaml', `${flag('a', 'on')}    enabled: false\n`);
  expect(await ends('apply -f in', 'usage')).toContain(
    'a.yaml:7:5: "enabled" stands here twice. (duplicate_key)',
  );
  save(
    'a.yaml',
    flag('a', 'on', '    rules: [{ id: r, when: { op: segment, key: s }, serve: { variant: on } }]\n'),
  );
  expect(await ends('validate -f in', 'invalid')).toContain('unknown_segment');
  await ends('validate -f in --partial', 'ok');
  expect(await ends('validate -f in --server', 'invalid')).toContain('a.yaml:7:');
  save('a.yaml', flag('a', 'on'));
  await ends('validate -f in --server', 'ok');
});

it('lists sources, of which this core has none', async () => {
  expect(await ends('source status --exit-code', 'ok')).toContain('SOURCE');
});

it('validates without any server', async () => {
  const alone = openShell();
  writeFileSync(join(alone.folder, 'a.yaml'), flag('a', 'on'));
  expect(await alone.flagsctl(['validate', '-f', 'a.yaml'])).toEqual({
    code: 0,
    out: '1 documents are valid\n',
    err: '',
  });
  expect((await alone.flagsctl(['validate', '-f', 'nowhere'])).code).toBe(exitCodes.usage.code);
  alone.close();
});
