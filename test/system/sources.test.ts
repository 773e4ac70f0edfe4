// Sources of documents over real processes: folders, a Git repository and an address, from the saved file to the SDKs; what is
// wrong changes nothing, and a core that dies goes on where it was. How fast, `npm run bench:hotreload` measures.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { call, createEnvironment, type TestEnvironment } from '@org/tools/cluster/admin-client';
import { startCore, type CoreProcess } from '@org/tools/cluster/core-process';
import { startValueWatchers } from '@org/tools/cluster/value-watchers';
import { closeAll, closeLater } from './run.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flags-sources-'));
});
afterEach(async () => {
  await closeAll();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const flagText = (value: number, more = ''): string =>
  `flags:\n  limit:\n    type: number\n    enabled: true\n    variants: { on: ${String(value)} }\n    default: { variant: on }\n${more}`;

interface Glance {
  readonly state: string;
  readonly version?: string;
  readonly revision?: number;
  readonly problems?: readonly {
    file: string;
    line: number;
    column: number;
    rule: string;
    message: string;
  }[];
}

async function startWith(
  source: string,
  variables: Record<string, string> = {},
): Promise<{ core: CoreProcess; environment: TestEnvironment; status(): Promise<Glance> }> {
  const settings = join(folder, 'sources.yaml');
  await writeFile(settings, `sources:\n  - { name: shop, environment: shop/production, ${source} }\n`);
  const core = closeLater(await startCore({ environment: { FLAGS_SOURCES_FILE: settings, ...variables } }));
  const environment = await createEnvironment(core.httpUrl);
  const status = async (): Promise<Glance> => {
    const request = { environment: environment.reference };
    const { sources } = await call<{ sources: Glance[] }>(core.httpUrl, 'SourceService/ListSources', request);
    return sources[0]!;
  };
  return { core, environment, status };
}

const untilStatus = (status: () => Promise<Glance>, wanted: object): Promise<void> =>
  expect.poll(status, { timeout: 30_000, interval: 50 }).toMatchObject(wanted);

it('brings each save of a folder to every SDK, also over the death of the core, and nothing that is wrong', async () => {
  const tree = join(folder, 'tree');
  await mkdir(join(tree, '..v1'), { recursive: true });
  await writeFile(join(tree, '..v1/limit.yaml'), flagText(1));
  await symlink('..v1', join(tree, '..data'));
  await symlink('..data/limit.yaml', join(tree, 'limit.yaml'));
  const { core, environment, status } = await startWith(`type: directory, path: ${tree}`);
  await untilStatus(status, { state: 'synced' });
  const watch = { processes: 2, clients: 3, url: core.grpcUrl, key: environment.sdkKey, flagKey: 'limit' };
  const watchers = closeLater(await startValueWatchers(watch));
  const arrives = async (value: number): Promise<void> =>
    expect(await watchers.untilAll(value, 30_000), `${String(value)} at every SDK`).toBeDefined();
  await arrives(1);
  // As a mounted ConfigMap is replaced.
  await mkdir(join(tree, '..v2'));
  await writeFile(join(tree, '..v2/limit.yaml'), flagText(2));
  await symlink('..v2', join(tree, '..data_tmp'));
  await rename(join(tree, '..data_tmp'), join(tree, '..data'));
  await arrives(2);
  // As editors do: in place, and by a new file under the old name.
  await writeFile(join(tree, '..v2/limit.yaml'), flagText(3));
  await arrives(3);
  await writeFile(join(tree, '.limit.tmp'), flagText(4));
  await rename(join(tree, '.limit.tmp'), join(tree, 'limit.yaml'));
  await arrives(4);
  await writeFile(join(tree, 'limit.yaml'), flagText(5, '    owner: 5\n'));
  await untilStatus(status, {
    state: 'invalid',
    problems: [{ file: 'limit.yaml', line: 7, column: 12, rule: 'type' }],
  });
  const ready: { warnings?: string[] } = await (await fetch(`${core.httpUrl}/readyz`)).json();
  expect(ready.warnings).toEqual(['source_invalid:shop']);
  await core.kill();
  await writeFile(join(tree, 'limit.yaml'), flagText(6));
  await core.restart();
  await arrives(6);
  await untilStatus(status, { state: 'synced' });
  const { revisions } = await call<{
    revisions: { revision: number; principalName: string; author: string }[];
  }>(core.httpUrl, 'AdminService/ListHistory', { environment: environment.reference });
  expect(revisions.map(({ revision }) => revision)).toEqual([5, 4, 3, 2, 1]);
  expect(new Set(revisions.map(({ principalName, author }) => `${principalName} ${author}`))).toEqual(
    new Set(['source:shop file:tree/limit.yaml']),
  );
}, 120_000);

it('follows a branch of a Git repository', async () => {
  const repository = join(folder, 'repository');
  const git = (...words: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...words], {
      cwd: repository,
      encoding: 'utf8',
    }).trim();
  await mkdir(join(repository, 'production'), { recursive: true });
  git('init', '--quiet', '--initial-branch=main');
  const commit = async (text: string): Promise<string> => {
    await writeFile(join(repository, 'production/limit.yaml'), text);
    git('add', '.');
    git('commit', '--quiet', '-m', 'change');
    return git('rev-parse', 'HEAD');
  };
  await writeFile(join(repository, 'elsewhere.yaml'), 'not: ours');
  const first = await commit(flagText(1));
  const { status } = await startWith(
    `type: git, url: "file://${repository}", path: production, pollSeconds: 0.2`,
  );
  await untilStatus(status, { state: 'synced', version: first, revision: 1, documents: 1 });
  await commit('flags: [');
  await untilStatus(status, { state: 'invalid', problems: [{ file: 'limit.yaml', line: 1, rule: 'yaml' }] });
  const third = await commit(flagText(3));
  await untilStatus(status, { state: 'synced', version: third, revision: 2 });
  await rename(repository, `${repository}.gone`);
  await untilStatus(status, { state: 'unreachable', revision: 2 });
  await rename(`${repository}.gone`, repository);
  await untilStatus(status, { state: 'synced', revision: 2 });
}, 120_000);

it('follows an address, asking only whether it changed, and reaches none that is not allowed', async () => {
  let text = flagText(1);
  const answers: number[] = [];
  const server = createServer((request, response) => {
    const etag = `"${String(text.length)}-${/on: (\d+)/.exec(text)?.[1] ?? ''}"`;
    const code = request.headers['if-none-match'] === etag ? 304 : 200;
    answers.push(code);
    response.writeHead(code, { etag }).end(code === 304 ? undefined : text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeLater({ close: async () => void server.close() });
  const { port } = server.address() as AddressInfo;
  const source = `type: http, url: "http://127.0.0.1:${String(port)}/limit.yaml", pollSeconds: 0.1`;
  const { core, status } = await startWith(source);
  await untilStatus(status, { state: 'unreachable' });
  expect(answers).toEqual([]);
  await core.restart({ FLAGS_OUTBOUND_ALLOW: '127.0.0.1' });
  await untilStatus(status, { state: 'synced', revision: 1 });
  text = flagText(2);
  await untilStatus(status, { state: 'synced', revision: 2 });
  expect(answers.filter((code) => code === 200)).toHaveLength(2);
  text = `${flagText(3)}  limit: {}\n`;
  await untilStatus(status, {
    state: 'invalid',
    problems: [{ file: 'limit.yaml', line: 7, rule: 'duplicate_key' }],
  });
}, 120_000);
