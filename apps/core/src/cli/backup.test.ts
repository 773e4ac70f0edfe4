import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  adminKey,
  booleanFlag,
  commitOf,
  grantOf,
  put,
  remove,
  startCore,
  startInstallation,
  until,
  valueOf,
} from '../domain/testing/test-application.ts';
import { CommitListRequest } from '@org/contract/gen/flags/v1/admin_service';
import { dialects, newDatabase } from '../domain/testing/test-database.ts';
import { openDatabases, type Databases } from '../store/open-driver.ts';
import { verifyBackup } from './backup-file.ts';
import { backup } from './backup.ts';
import { restore } from './restore.ts';
import { runCli } from './run-cli.ts';

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'flags-backup-'));
  file = join(directory, 'flags.backup');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function withDatabases<T>(url: string, work: (databases: Databases) => Promise<T>): Promise<T> {
  const databases = await openDatabases(url);
  return work(databases).finally(() => databases.close());
}
const backUp = (url: string) => withDatabases(url, ({ main }) => backup(main, file, new Date()));
const restoreInto = (url: string) =>
  withDatabases(url, ({ main }) =>
    restore(main, { path: file, nowMs: Date.now(), randomBytes, replace: true }),
  );

/** An installation with some history. */
async function startFilled(dialect: (typeof dialects)[number]) {
  const core = await startInstallation(dialect);
  const { admin } = core.application;
  for (let index = 0; index < 3; index += 1) {
    valueOf(
      await admin.commit(
        core.grant,
        commitOf([put('flag', 'a', booleanFlag({ description: `größe ${index}` }))], {
          idempotencyKey: `k${index}`,
        }),
      ),
    );
  }
  valueOf(await admin.commit(core.grant, commitOf([put('segment', 's', { when: { op: 'and', of: [] } })])));
  valueOf(await admin.commit(core.grant, commitOf([remove('segment', 's')])));
  return core;
}

describe.each(dialects.flatMap((from) => dialects.map((to) => [from, to] as const)))(
  'a backup from %s into %s',
  (from, to) => {
    it('brings back everything under a new history', async () => {
      const core = await startFilled(from);
      const list = CommitListRequest.fromPartial({ key: 'vip', edit: 'LIST_EDIT_ADD', ids: ['ada'] });
      valueOf(await core.application.lists.commit(core.grant, list));
      const replica = core.application.environments.replica(core.environmentId);
      const { secret } = valueOf(
        await core.application.access.createSdkKey(core.admin, core.environmentId, {
          name: '',
          kind: 'KEY_KIND_SERVER',
          expiresAtMs: undefined,
        }),
      );
      const before = { hash: replica?.hash('server'), historyId: replica?.historyId };
      await backUp(core.database.url);
      const target = await newDatabase(to);
      await restoreInto(target.url);
      const restored = await startCore(target.url);
      const { admin, access, environments } = restored.application;
      const grant = grantOf(restored.admin, core.environmentId);
      const found = environments.replica(core.environmentId);
      expect([found?.revision, found?.hash('server')]).toEqual([6, before.hash]);
      expect(found?.historyId).not.toBe(before.historyId);
      expect(valueOf(restored.application.lists.members(grant, 'vip', ['ada', 'bob']))).toEqual(['ada']);
      const page = { pageSize: 100, pageToken: '', kind: '', key: '' };
      expect(valueOf(await admin.listHistory(grant, page))).toEqual(
        valueOf(await core.application.admin.listHistory(core.grant, page)),
      );
      expect(valueOf(await access.authenticate(secret))).toMatchObject({ environmentId: core.environmentId });
      const replayed = await admin.commit(
        grant,
        commitOf([put('flag', 'a', booleanFlag({ description: 'größe 0' }))], { idempotencyKey: 'k0' }),
      );
      expect(valueOf(replayed)).toMatchObject({ replayed: true, revision: { revision: 1 } });
      expect(valueOf(await admin.commit(grant, commitOf([remove('flag', 'a')])))).toMatchObject({
        revision: { revision: 7 },
      });
      await Promise.all([restored.running.close(), core.running.close()]);
      await Promise.all([target.remove(), core.database.remove()]);
    });
  },
);

describe.each(dialects)('a restore over a running core on %s', (dialect) => {
  it('is seen by the core, whose streams start over', async () => {
    const core = await startFilled(dialect);
    await backUp(core.database.url);
    valueOf(await core.application.admin.commit(core.grant, commitOf([put('flag', 'later', booleanFlag())])));
    const replica = core.application.environments.replica(core.environmentId);
    let resets = 0;
    replica?.subscribe('server', {
      delta: () => undefined,
      heartbeat: () => undefined,
      reset: () => void (resets += 1),
    });
    const historyId = replica?.historyId;
    await restoreInto(core.database.url);
    await until(() => replica?.historyId !== historyId);
    expect([replica?.revision, resets, replica?.evaluator.flagKeys()]).toEqual([5, 1, ['a']]);
    valueOf(await core.application.access.authenticate(adminKey));
    const next = await core.application.admin.commit(core.grant, commitOf([put('flag', 'b', booleanFlag())]));
    expect(valueOf(next)).toMatchObject({ revision: { revision: 6 } });
    await core.close();
  });
});

describe('a damaged backup', () => {
  const damages: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
    ['cut in the middle', (bytes) => bytes.subarray(0, bytes.length >> 1)],
    ['without its last byte', (bytes) => bytes.subarray(0, -1)],
    ['without its last line', (bytes) => bytes.subarray(0, bytes.lastIndexOf('\n', -2) + 1)],
    ['with something after its end', (bytes) => Buffer.concat([bytes, Buffer.from('x')])],
    ['with half a character after its end', (bytes) => Buffer.concat([bytes, Buffer.from([0xc3])])],
    [
      'with a line twice',
      (bytes) =>
        Buffer.concat([
          bytes.subarray(0, bytes.indexOf('\n', 2000) + 1),
          bytes.subarray(bytes.lastIndexOf('\n', 2000) + 1),
        ]),
    ],
    ['that is empty', () => Buffer.alloc(0)],
    ['of another kind', () => Buffer.from('{"a":1}\n{"rows":0,"sha256":"x"}\n')],
  ];

  it('is refused before anything is touched', async () => {
    const core = await startFilled('sqlite');
    await backUp(core.database.url);
    const whole = await readFile(file);
    const replica = core.application.environments.replica(core.environmentId);
    const historyId = replica?.historyId;
    for (const [name, damage] of damages) {
      await writeFile(file, damage(whole));
      await expect(restoreInto(core.database.url), name).rejects.toThrow('[BACKUP_DAMAGED]');
    }
    await core.running.close();
    const again = await startCore(core.database.url);
    const found = again.application.environments.replica(core.environmentId);
    expect([found?.historyId, found?.revision]).toEqual([historyId, 5]);
    await again.running.close();
    await core.database.remove();
  });

  it('shows every flipped bit', async () => {
    const core = await startFilled('sqlite');
    await backUp(core.database.url);
    await core.close();
    const whole = await readFile(file);
    // Every 13th byte, each time another of its bits: all parts of the file, all bits.
    for (let at = 0; at < whole.length; at += 13) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
      await writeFile(file, damaged);
      await expect(verifyBackup(file), `byte ${at}`).rejects.toThrow('[BACKUP_DAMAGED]');
    }
  });

  it('rolls the restore back when its rows contradict themselves', async () => {
    const core = await startFilled('sqlite');
    const { running, database } = core;
    await running.close();
    await withDatabases(database.url, ({ main }) =>
      main.transaction((session) => session.query(`UPDATE documents SET json = '{}'`)),
    );
    await backUp(database.url);
    await expect(restoreInto(database.url)).rejects.toThrow('do not have its hash');
    const rows = await withDatabases(database.url, ({ main }) =>
      main.query('SELECT revision FROM environments'),
    );
    expect(rows).toEqual([{ revision: 5 }]);
    await database.remove();
  });
});

it('leaves a backup alone when the database it is told to back up is empty', async () => {
  await writeFile(file, 'a good one');
  const printed: string[] = [];
  const options = {
    databaseUrl: join(directory, 'wrong.db'),
    print: (line: string) => void printed.push(line),
  };
  expect(await runCli(['backup', '--to', file], options)).toBe(1);
  expect(printed.join()).toContain('NOTHING_TO_BACK_UP');
  expect(await readFile(file, 'utf8')).toBe('a good one');
});

it('lets nobody else on the machine read a database or a backup', async () => {
  const core = await startFilled('sqlite');
  await writeFile(`${file}.partial`, 'left over', { mode: 0o644 });
  await backUp(core.database.url);
  const { url } = core.database;
  const files = [file, url, `${url}-wal`, `${url}-shm`, `${url}-events`];
  const modes = await Promise.all(files.map(async (path) => (await stat(path)).mode & 0o777));
  expect(modes).toEqual(files.map(() => 0o600));
  await core.close();
});

it('answers commands with one line and an exit code', async () => {
  const core = await startFilled('sqlite');
  const lines: string[] = [];
  const run = (...args: string[]) =>
    runCli(args, { databaseUrl: core.database.url, print: (line) => lines.push(line) });
  expect(await run()).toBeUndefined();
  expect(await run('backup', '--to', file)).toBe(0);
  expect(await run('restore', '--from', file)).toBe(1);
  expect(core.application.environments.resolve('shop/production')).toBeDefined();
  expect(await run('restore', '--from', file, '--replace')).toBe(0);
  expect(await run('restore', '--from', join(directory, 'nothing'))).toBe(1);
  expect(await run('backup', '--to', file, '--replace')).toBe(2);
  expect(await run('backup')).toBe(2);
  expect(await run('backup', '--nonsense')).toBe(2);
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    'backup written',
    expect.stringContaining('--replace'),
    'restored',
    expect.stringContaining('ENOENT'),
    expect.stringContaining('usage'),
    expect.stringContaining('usage'),
    expect.stringContaining('usage'),
  ]);
  await core.close();
});
