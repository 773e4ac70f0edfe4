// Plants one violation of every rule and sees it found, and sees clean files pass.
import { expect, it } from 'vitest';
import { tidy } from './rules.ts';

const header = '// Says what the file is for.\n';
const messages = (path: string, text: string) => tidy([{ path, text }]).map(({ message }) => message);

it('passes a clean file', () => {
  expect(messages('packages/a/src/some-thing.ts', `${header}export const a = 1;\n`)).toEqual([]);
});

it.each([
  ['a missing header', 'packages/a/src/x.ts', 'export const a = 1;\n', /opens without a comment/],
  ['a long file', 'packages/a/src/x.ts', header + 'a();\n'.repeat(400), /401 lines/],
  ['another way of naming', 'packages/a/src/someThing.ts', header, /kebab-case/],
  ['a narrowed test', 'packages/a/src/x.test.ts', `${header}${'it.o' + 'nly'}('x', () => {});\n`, /narrows/],
  [
    'a skipped test',
    'packages/a/src/x.test.ts',
    `${header}${'describe.sk' + 'ip'}('x', () => {});\n`,
    /narrows/,
  ],
  ['unfinished work', 'docs/a.md', `Later: ${'TO' + 'DO'}\n`, /unfinished/],
  ['a type check switched off', 'a.ts', `${header}// ${'@ts-ig' + 'nore'}\n`, /type checker/],
  ['a cast to anything', 'a.ts', `${header}const b = a ${'as a' + 'ny'};\n`, /type checker/],
  [
    'a rule switched off without a reason',
    'a.ts',
    `${header}// ${'eslint-dis' + 'able'}-next-line no-console\n`,
    /why/,
  ],
  ['a path of one machine', 'README.md', `See ${'/ro' + 'ot'}/notes\n`, /one machine/],
  ['a fixed temporary path', 'a.ts', `${header}const a = '${'/t' + 'mp'}/x';\n`, /one machine/],
  ['a folder outside', 'README.md', `See ${'../sha' + 'red/'}facts\n`, /outside/],
  ['a version range', 'package.json', '{"dependencies":{"a":"^1.2.3"}}', /pin a/],
])('finds %s', (_, path, text, expected) => {
  expect(messages(path, text)).toEqual([expect.stringMatching(expected) as unknown]);
});

it('accepts a rule switched off for a stated reason', () => {
  expect(
    messages('a.ts', `${header}// ${'eslint-dis' + 'able'}-next-line no-console -- a command's output\n`),
  ).toEqual([]);
});

it('accepts a prerelease as one version', () => {
  expect(messages('package.json', '{"dependencies":{"a":"1.2.3-r.1"}}')).toEqual([]);
});

it('leaves generated code alone', () => {
  expect(messages('packages/contract/src/gen/x.ts', 'a();\n'.repeat(999))).toEqual([]);
});
