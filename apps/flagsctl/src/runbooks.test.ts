// The runbooks: one for each rule of an alert, with commands that there are.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkSchema } from '@org/contract/schema';
import { expect, it } from 'vitest';
import { createProgram } from './program.ts';

const docs = fileURLToPath(new URL('../../../docs/', import.meta.url));
const io = { stdout() {}, stderr() {}, readStdin: async () => '', env: {}, folder: '' };
const program = createProgram(io);
const alerts = readFileSync(`${docs}alerts.md`, 'utf8');
const files = readdirSync(`${docs}runbooks`).filter((name) => name !== 'README.md');

it('have one for each rule', () => {
  const rows = [...alerts.matchAll(/^\| `(\w+)` \|.*\(runbooks\/([\w-]+\.md)\) \|$/gm)];
  expect(rows.map(([, , file]) => file).sort()).toEqual(files.toSorted());
  const known = (type: string) =>
    checkSchema('alert', { rule: { type }, channels: [] }, '').every(({ field }) => field !== 'rule.type');
  expect(rows.filter(([, type = '']) => !known(type))).toEqual([]);
  expect(known('weather')).toBe(false);
  for (const [, type = '', file = ''] of rows)
    expect(readFileSync(`${docs}runbooks/${file}`, 'utf8').startsWith(`# \`${type}\``)).toBe(true);
});

it('name commands that there are', () => {
  const text = [
    alerts,
    ...readdirSync(`${docs}runbooks`).map((name) => readFileSync(`${docs}runbooks/${name}`, 'utf8')),
  ];
  const named = new Set(text.flatMap((one) => one.match(/flagsctl [a-z]+( [a-z][a-z-]+)?/g) ?? []));
  expect(named.size).toBeGreaterThan(15);
  for (const line of named) {
    const [, group = '', name] = line.split(' ');
    const found = program.commands.find((command) => command.name() === group);
    const inner = found?.commands ?? [];
    const isThere =
      inner.length === 0 ? found !== undefined : inner.some((command) => command.name() === name);
    expect([line, isThere]).toEqual([line, true]);
  }
});
