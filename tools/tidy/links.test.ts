// Plants broken links of every sort and sees each found.
import { expect, it } from 'vitest';
import { checkLinks, withFolders } from './links.ts';

const files = (text: string) => [
  { path: 'docs/a.md', text },
  { path: 'docs/b.md', text: '# First `step`: go\n' },
];
const targets = {
  paths: withFolders(['docs/a.md', 'docs/b.md', 'packages/x/src/y.ts']),
  scripts: new Set(['start', 'bench:size', 'check']),
};
const messages = (text: string) => checkLinks(files(text), targets).map(({ message }) => message);

it('passes links, anchors, paths and commands that exist', () => {
  const text =
    'See [b](b.md#first-step-go), [x](../packages/x), `packages/x/src/y.ts`, `npm start`, `npm run bench:size`, [w](https://example.org).';
  expect(messages(text)).toEqual([]);
});

it.each([
  ['[b](c.md)', /c\.md, which does not exist/],
  ['[b](b.md#second)', /b\.md#second, a heading/],
  ['`packages/x/src/z.ts`', /z\.ts, which does not exist/],
  ['`npm run bench:speed`', /command bench:speed/],
  ['`npm run lint`', /command lint/],
])('finds %s', (text, expected) => {
  expect(messages(text)).toEqual([expect.stringMatching(expected) as unknown]);
});
