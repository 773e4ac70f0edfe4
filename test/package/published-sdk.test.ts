// Installs the SDK as it is published into an empty project and runs it there on every Node it promises to work on.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSdk } from '@org/tools/build/build-sdks';
import { npm, packFolder } from '@org/tools/build/pack';
import { call, createEnvironment, numberFlag, type TestEnvironment } from '@org/tools/cluster/admin-client';
import { startCore, type CoreProcess } from '@org/tools/cluster/core-process';
import { root, run } from '@org/tools/lib/run';
import { resolveNatsServer } from '@org/tools/services/nats-binary';
import { spawnService, waitUntil } from '@org/tools/services/service-process';
import { nodeBinary } from './node-binaries.ts';

const program = `
import { createClient, createMemoryClient } from '@org/flags-node';
const flags = createMemoryClient({ flags: { 'new-checkout': { value: true } } });
const client = createClient({ url: 'http://127.0.0.1:1', key: 'flags_s_x_y' });
const handle = client.number('limit', 7);
await client.ready({ timeoutMs: 1 });
console.log(JSON.stringify({
  node: process.versions.node.split('.')[0],
  memory: flags.boolean('new-checkout', false).get({}),
  fallback: handle.details({ targetingKey: 'a' }),
  state: client.state,
}));
await client.close({ timeoutMs: 100 });
`;

/** Follows a core until the flag has the value that the test commits last. */
const follower = `
import { createClient } from '@org/flags-node';
const client = createClient({ url: process.env.CORE_URL, key: process.env.CORE_KEY, transport: process.env.TRANSPORT });
// The SDK keeps no process alive by itself.
const alive = setInterval(() => undefined, 1_000);
const limit = client.number('limit', 0);
const report = () => console.log(JSON.stringify({ value: limit.get({}), state: client.state }));
client.on('change', report);
await client.ready();
report();
client.on('change', async () => {
  if (limit.get({}) !== 3) return;
  await client.close();
  clearInterval(alive);
});
`;

const consumer = `
import { createClient, type EvaluationDetails } from '@org/flags-node';
const client = createClient({ url: 'http://127.0.0.1:1', key: 'flags_s_x_y' });
export const details: EvaluationDetails<boolean> = client.boolean('a', false).details({ targetingKey: 'u' });
// @ts-expect-error: a default of another type than the flag's handle
client.number('a', 'text');
`;

const versions = ['20', '22', '24'];
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flags-published-'));
  await buildSdk('flags-node', join(folder, 'build'));
  const tarball = await packFolder(join(folder, 'build'), folder);
  const project = join(folder, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"name":"empty","version":"1.0.0","type":"module"}');
  await npm(
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', join(folder, tarball)],
    project,
  );
  writeFileSync(join(project, 'program.js'), program);
  writeFileSync(join(project, 'follower.js'), follower);
  writeFileSync(join(project, 'consumer.ts'), consumer);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each(versions)('runs on Node %s', async (major) => {
  const { code, output } = await run(await nodeBinary(major), ['program.js'], {
    cwd: join(folder, 'project'),
  });
  expect(code, output).toBe(0);
  expect(JSON.parse(output)).toMatchObject({
    node: major,
    memory: true,
    fallback: { flagKey: 'limit', value: 7, errorCode: 'PROVIDER_NOT_READY' },
    state: 'NOT_READY',
  });
});

describe('given a core with nats-server', () => {
  let core: CoreProcess;
  let environment: TestEnvironment;

  beforeAll(async () => {
    core = await startCore({ environment: { FLAGS_NATS_SERVER_BINARY: await resolveNatsServer() } });
    environment = await createEnvironment(core.httpUrl);
  });

  afterAll(() => core?.close());

  const setLimit = (value: number) =>
    call(core.httpUrl, 'AdminService/Commit', {
      environment: environment.reference,
      changes: [{ kind: 'flag', key: 'limit', document: numberFlag(value) }],
      reason: 'test',
    });

  it.each(
    versions.flatMap(
      (major) =>
        [
          [major, 'nats'],
          [major, 'grpc'],
        ] as const,
    ),
  )('follows it on Node %s over %s', async (major, transport) => {
    await setLimit(1);
    const env = { CORE_URL: core.grpcUrl, CORE_KEY: environment.sdkKey, TRANSPORT: transport };
    const seen: number[] = [];
    const client = spawnService({
      command: await nodeBinary(major),
      args: ['follower.js'],
      cwd: join(folder, 'project'),
      env: { ...process.env, ...env },
      onLine: (line) => line.startsWith('{') && seen.push((JSON.parse(line) as { value: number }).value),
    });
    await waitUntil('the first value', () => seen.includes(1) || !client.isRunning());
    await setLimit(2);
    await waitUntil('the second value', () => seen.includes(2) || !client.isRunning());
    await setLimit(3);
    expect(await client.ended, client.output()).toBe('exit code 0');
    expect(seen.at(-1)).toBe(3);
  });
});

it.each(['typescript', 'typescript-native'])(
  'has types that stand on their own, for %s',
  async (compiler) => {
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
    const typeRoots = ['--typeRoots', join(root, 'node_modules/@types')];
    const args = [join(root, 'node_modules', compiler, 'bin/tsc'), ...options, ...typeRoots, 'consumer.ts'];
    const { code, output } = await run(process.execPath, args, { cwd: join(folder, 'project') });
    expect(code, output).toBe(0);
  },
);

it('has at most five runtime dependencies, all of them to be had, and nothing of this workspace', () => {
  const text = readFileSync(join(folder, 'build/package.json'), 'utf8');
  const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
  expect(Object.keys(dependencies).length).toBeLessThanOrEqual(5);
  expect(Object.keys(dependencies).filter((name) => name.startsWith('@org/'))).toEqual([]);
  expect(readFileSync(join(folder, 'build/index.js'), 'utf8')).not.toMatch(/from "@org\//);
});
