// Folders as sources of a running core: real files, the ways editors and mounts save them, and what is wrong in them.
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  booleanFlag,
  commitOf,
  faultOf,
  put,
  remove,
  startCore,
  startInstallation,
  until,
  valueOf,
  type TestInstallation,
} from '../domain/testing/test-application.ts';
import { nodeRuntime } from '../runtime.ts';
import { createDirectorySource } from './directory-source.ts';
import type { OpenedSource } from './source-jobs.ts';

let folder: string;
let core: TestInstallation;

const flagText = (key: string, value: 'on' | 'off', more = ''): string =>
  `flags:\n  ${key}:\n    type: boolean\n    enabled: true\n    variants: { on: true, off: false }\n    offVariant: off\n    default: { variant: ${value} }\n${more}`;
const save = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
const opened = (more: object = {}): OpenedSource => ({
  settings: {
    ...{ type: 'directory', name: 'shop', environment: 'shop/production', path: folder },
    ...{ edits: 'refuse', prune: true, pollSeconds: 0.2 },
    ...more,
  },
  source: createDirectorySource(folder, nodeRuntime),
});
const start = async (more: object = {}): Promise<void> => {
  core = await startInstallation('sqlite', { sources: [opened(more)] });
};
const served = async (key: string): Promise<unknown> => {
  const found = await core.application.admin.getDocument(core.grant, 'flag', key);
  return found.ok ? (found.value.document as { default: { variant: string } }).default.variant : undefined;
};
const status = async () => valueOf(await core.application.sources.list(core.grant)).sources[0]!;
const untilState = (wanted: string): Promise<void> => until(async () => (await status()).state === wanted);
const history = async () =>
  valueOf(
    await core.application.admin.listHistory(core.grant, { pageSize: 0, pageToken: '', kind: '', key: '' }),
  ).items;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flags-source-'));
});
afterEach(async () => {
  await core.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a folder', () => {
  it('is committed as one step, by a principal of its own, with author and reason', async () => {
    await save('a.yaml', flagText('a', 'on'));
    await save('b.json', JSON.stringify({ flags: { b: booleanFlag() } }));
    await save('notes.txt', 'not a file of documents');
    await start();
    await untilState('synced');
    expect([await served('a'), await served('b')]).toEqual(['on', 'on']);
    expect(await history()).toMatchObject([
      {
        revision: 1,
        principalName: 'source:shop',
        author: expect.stringMatching(/^file:flags-source-/),
        reason: 'Synced: 2 written (a.yaml, b.json).',
      },
    ]);
    expect(await status()).toMatchObject({
      documents: 2,
      files: 2,
      revision: 1,
      problems: [],
      edits: 'refuse',
    });
  });

  it('is followed: truncated and written, renamed over, and swapped by a link as mounts are', async () => {
    await mkdir(join(folder, '..v1'));
    await save('..v1/a.yaml', flagText('a', 'on'));
    await symlink('..v1', join(folder, '..data'));
    await symlink('..data/a.yaml', join(folder, 'a.yaml'));
    await save('b.yaml', flagText('b', 'on'));
    await start({ pollSeconds: 600 });
    await untilState('synced');
    await save('b.yaml', flagText('b', 'off'));
    await until(async () => (await served('b')) === 'off');
    await save('.b.yaml.tmp', flagText('b', 'on'));
    await rename(join(folder, '.b.yaml.tmp'), join(folder, 'b.yaml'));
    await until(async () => (await served('b')) === 'on');
    await mkdir(join(folder, '..v2'));
    await save('..v2/a.yaml', flagText('a', 'off'));
    await symlink('..v2', join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    await until(async () => (await served('a')) === 'off');
    await mkdir(join(folder, 'more'));
    await save('more/c.yaml', flagText('c', 'on'));
    await until(async () => (await served('c')) === 'on');
    await rm(join(folder, 'more'), { recursive: true });
    await until(async () => (await served('c')) === undefined);
  });

  it('changes nothing while anything in it is wrong, says where, and recovers when it is mended', async () => {
    await save('a.yaml', flagText('a', 'on'));
    await save('b.yaml', flagText('b', 'on'));
    await start();
    await untilState('synced');
    await save('a.yaml', flagText('a', 'off'));
    await save('b.yaml', `${flagText('b', 'off')}    default: { variant: on }\n`);
    await untilState('invalid');
    expect((await status()).problems).toMatchObject([
      { file: 'b.yaml', line: 8, column: 5, rule: 'duplicate_key' },
    ]);
    expect(core.running.status().sources).toEqual([{ name: 'shop', state: 'invalid', documents: 2 }]);
    await save(
      'b.yaml',
      flagText(
        'b',
        'off',
        '    rules: [{ id: r, when: { op: near, attribute: x }, serve: { variant: nope } }]\n',
      ),
    );
    await until(async () => (await status()).problems[0]?.rule === 'unknown_operator');
    expect((await status()).problems).toMatchObject([
      { file: 'b.yaml', line: 8, rule: 'unknown_operator', kind: 'flag', key: 'b', path: 'rules[0].when.op' },
      { file: 'b.yaml', line: 8, rule: 'unknown_variant', path: 'rules[0].serve.variant' },
    ]);
    await save('b.yaml', '');
    await until(async () => (await status()).problems[0]?.rule === 'empty');
    expect([await served('a'), await served('b')]).toEqual(['on', 'on']);
    await save('b.yaml', flagText('b', 'off'));
    await untilState('synced');
    expect([await served('a'), await served('b')]).toEqual(['off', 'off']);
    expect(await history()).toHaveLength(2);
  });

  it('is not taken for empty when it is gone, or holds nothing any more', async () => {
    await save('a.yaml', flagText('a', 'on'));
    await start();
    await untilState('synced');
    await rm(join(folder, 'a.yaml'));
    await until(async () => (await status()).problems[0]?.rule === 'empty_source');
    await rm(folder, { recursive: true });
    await untilState('unreachable');
    expect(await served('a')).toBe('on');
    await mkdir(folder);
    await save('a.yaml', flagText('a', 'off'));
    await untilState('synced');
    expect(await served('a')).toBe('off');
  });
});

describe('changes made elsewhere', () => {
  const off = booleanFlag({ default: { variant: 'off' } });

  it('are refused, except for kills', async () => {
    await save('a.yaml', flagText('a', 'on'));
    await start();
    await untilState('synced');
    const { admin } = core.application;
    expect(
      faultOf(await admin.commit(core.grant, commitOf([put('flag', 'a', off)]))).violations,
    ).toMatchObject([{ field: 'changes[0]', rule: 'source_owned' }]);
    expect(faultOf(await admin.commit(core.grant, commitOf([remove('flag', 'a')]))).violations).toMatchObject(
      [{ rule: 'source_owned' }],
    );
    const kill = {
      environment: '',
      flagKey: 'a',
      restore: false,
      author: '',
      reason: '',
      idempotencyKey: '',
    };
    valueOf(await admin.kill(core.grant, kill));
    await save('a.yaml', flagText('a', 'off'));
    await until(async () => (await served('a')) === 'off');
    const found = valueOf(await admin.getDocument(core.grant, 'flag', 'a'));
    expect(found.document).toMatchObject({ killed: true });
  });

  it('are written back where that is configured, beside comments and order', async () => {
    const text = `# Ours.\n${flagText('b', 'on')}${flagText('a', 'on').replace('flags:\n', '')}`;
    await save('a.yaml', text);
    await start({ edits: 'write_back' });
    await untilState('synced');
    valueOf(await core.application.admin.commit(core.grant, commitOf([put('flag', 'a', off)])));
    const content = async (): Promise<string> => (await opened().source.read()).files[0]!.text;
    await until(async () => (await content()) !== text);
    const lines = text.split('\n');
    lines[lines.lastIndexOf('    default: { variant: on }')] = '    default: { variant: off }';
    expect(await content()).toBe(lines.join('\n'));
    await until(async () => (await status()).version === (await opened().source.read()).version);
    expect(await history()).toHaveLength(2);
    // Both changed: the file wins.
    await save('a.yaml', text.replaceAll('variant: on', 'variant: off'));
    await until(async () => (await served('b')) === 'off');
  });

  it('are possible again when the source is no longer set up', async () => {
    await save('a.yaml', flagText('a', 'on'));
    await start();
    await untilState('synced');
    await core.running.close();
    const other = await startCore(core.database.url);
    await until(
      async () => (await other.application.admin.commit(core.grant, commitOf([put('flag', 'a', off)]))).ok,
    );
    await other.running.close();
  });
});

it('is synced by one core of several, and by the next when that one ends', async () => {
  await save('a.yaml', flagText('a', 'on'));
  await start();
  const other = await startCore(core.database.url, { sources: [opened()] });
  await untilState('synced');
  await save('a.yaml', flagText('a', 'off'));
  await until(async () => (await served('a')) === 'off');
  expect(await history()).toHaveLength(2);
  await core.running.close();
  await save('a.yaml', flagText('a', 'on'));
  const read = async () => {
    const found = await other.application.admin.getDocument(core.grant, 'flag', 'a');
    // The other core follows the log of commits: it may not have come to the first one yet.
    if (!found.ok) return undefined;
    return (found.value.document as { default: { variant: string } }).default.variant;
  };
  await until(async () => (await read()) === 'on');
  await other.running.close();
});

it('leaves documents of one source to it when another one names them, too', async () => {
  await save('a.yaml', flagText('a', 'on'));
  core = await startInstallation('sqlite', { sources: [opened(), opened({ name: 'twin' })] });
  const states = async () => valueOf(await core.application.sources.list(core.grant)).sources;
  await until(async () => (await states()).every(({ state }) => state !== 'waiting'));
  const [wrong] = (await states()).filter(({ state }) => state === 'invalid');
  expect(wrong?.problems).toMatchObject([{ file: 'a.yaml', line: 2, rule: 'source_owned' }]);
});
