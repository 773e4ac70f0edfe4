// Runs tools/run.mjs in a folder of its own, with an npm that only keeps a record of being called.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { root, run } from './lib/run.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flags-run-'));
  mkdirSync(join(folder, 'tools', 'tasks'), { recursive: true });
  copyFileSync(join(root, 'tools', 'run.mjs'), join(folder, 'tools', 'run.mjs'));
  write('tools/tasks/hello.ts', `console.log('hello', ...process.argv.slice(2)); process.exitCode = 7;`);
  write('package-lock.json', lock('1.0.0'));
  // Takes a moment, so that two runs at once meet.
  write(
    'npm.mjs',
    `import { appendFileSync, cpSync, mkdirSync } from 'node:fs';
     appendFileSync('calls.txt', process.argv.slice(2).join(' ') + '\\n');
     mkdirSync('node_modules', { recursive: true });
     await new Promise((resolve) => setTimeout(resolve, 300));
     cpSync('package-lock.json', 'node_modules/.package-lock.json');`,
  );
});

afterEach(() => rmSync(folder, { recursive: true }));

const write = (path: string, text: string): void => writeFileSync(join(folder, path), text);
const lock = (version: string): string =>
  JSON.stringify({
    packages: {
      '': {},
      'node_modules/a': { version },
      'node_modules/other-platform': { version, optional: true },
    },
  });
const installations = (): number => readFileSync(join(folder, 'calls.txt'), 'utf8').trim().split('\n').length;
const start = (...args: string[]) =>
  run(process.execPath, [join(folder, 'tools', 'run.mjs'), ...args], {
    cwd: folder,
    env: { npm_execpath: join(folder, 'npm.mjs') },
  });

it('installs what is missing, runs the task with its arguments and hands its exit code on', async () => {
  const { code, output } = await start('hello', 'world');
  expect(output).toContain('hello world');
  expect(code).toBe(7);
  expect(readFileSync(join(folder, 'calls.txt'), 'utf8')).toBe('install --no-save --no-audit --no-fund\n');
});

it('installs again only when the lock file asks for something else', async () => {
  await start('hello');
  await start('hello');
  expect(installations()).toBe(1);
  write('package-lock.json', lock('1.0.1'));
  await start('hello');
  expect(installations()).toBe(2);
});

it('installs once when two commands start together', async () => {
  const results = await Promise.all([start('hello', 'one'), start('hello', 'two')]);
  expect(results.map(({ code }) => code)).toEqual([7, 7]);
  expect(installations()).toBe(1);
});

it('takes over the lock of a process that is gone', async () => {
  mkdirSync(join(folder, '.cache'));
  const { output: gone } = await run(process.execPath, ['-e', 'process.stdout.write(String(process.pid))']);
  write('.cache/install.lock', gone);
  expect((await start('hello')).code).toBe(7);
});

it('names the tasks when it is asked for another', async () => {
  const { code, output } = await start('bye');
  expect(code).toBe(1);
  expect(output).toContain('Tasks: hello');
});
