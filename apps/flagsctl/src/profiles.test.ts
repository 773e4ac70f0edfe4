// The profile file: whoever holds it holds keys.
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readProfiles, writeProfiles } from './profiles.ts';
import { openShell, type TestShell } from './testing/start-core.ts';
import manifest from '../package.json' with { type: 'json' };

let shell: TestShell;
let path: string;
beforeEach(() => {
  shell = openShell();
  path = join(shell.folder, 'a', 'profiles.json');
});
afterEach(() => shell.close());

it('is written for its owner only, also over one that was open to others', () => {
  writeProfiles(path, { profiles: { a: { key: 'k' } } });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  chmodSync(path, 0o644);
  expect(() => readProfiles(path)).toThrow('chmod 600');
  writeProfiles(path, { profiles: {} });
  expect(readProfiles(path)).toEqual({ profiles: {} });
});

it('is empty where there is none', () => {
  expect(readProfiles(path)).toEqual({ profiles: {} });
});

it.each([
  ['{"profiles": {"a": {"key": "flags_p_secret"', 'is no JSON'],
  ['[]', '"profiles" must be an object'],
  ['{"profiles": {"a": 1}}', 'profile "a" must be an object'],
  ['{"profiles": {"a": {"token": "x"}}}', 'unknown member "token"'],
  ['{"profiles": {"a": {"url": 1}}}', 'url must be a text'],
  ['{"profiles": {}, "current": 1}', '"current" must be a name'],
])('says what is wrong with %s, and quotes no key', (text, message) => {
  const file = join(shell.folder, 'profiles.json');
  writeFileSync(file, text, { mode: 0o600 });
  expect(() => readProfiles(file)).toThrow(message);
  expect(() => readProfiles(file)).not.toThrow('secret');
});

it('gives way to variables, and those to options', async () => {
  Object.assign(shell.env, { FLAGSCTL_KEY: 'flags_p_k_s' });
  await shell.flagsctl(['profile', 'set', 'x', '--url', 'http://127.0.0.1:1/profile', '--timeout', '1']);
  const urlOf = async (...words: string[]) =>
    (await shell.flagsctl(['whoami', '--timeout', '0.1', ...words])).code;
  // Nothing listens on port 1; an address that is none is a mistake of usage.
  expect(await urlOf()).toBe(6);
  shell.env['FLAGSCTL_URL'] = 'nowhere';
  expect(await urlOf()).toBe(2);
  expect(await urlOf('--url', 'http://127.0.0.1:1')).toBe(6);
  expect(await urlOf('--profile', 'unknown')).toBe(2);
});

it('knows its own version', async () => {
  expect((await shell.flagsctl(['--version'])).out).toBe(`${manifest.version}\n`);
});
