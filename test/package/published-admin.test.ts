// Installs the admin client and the command line as they are published into an empty project and runs them there on every
// Node they promise to work on.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildCli } from '@org/tools/build/build-cli';
import { buildSdk } from '@org/tools/build/build-sdks';
import { npm, packFolder } from '@org/tools/build/pack';
import { root, run } from '@org/tools/lib/run';
import { nodeBinary } from './node-binaries.ts';

const program = `
import { booleanFlag, createAdminClient, percentage, UnavailableError } from '@org/flags-admin';
const flag = booleanFlag('a').otherwise(percentage(10, 'on', 'off'));
const admin = createAdminClient({ url: 'http://127.0.0.1:1', key: 'flags_p_x_y', attemptsMax: 2 });
const error = await admin.environment('shop/production').commit(flag).catch((thrown) => thrown);
console.log(JSON.stringify({ weight: flag.document.default.split.weights[0].weight, isTyped: error instanceof UnavailableError }));
`;
const consumer = `
import { stringFlag, type StoredDocument } from '@org/flags-admin';
const colour = stringFlag('colour', { red: '#f00', blue: '#00f' }).otherwise('red');
export const document: StoredDocument<'flag'>['document'] = colour.document;
// @ts-expect-error: there is no such variant
colour.otherwise('green');
`;

let folder: string;
const project = (): string => join(folder, 'project');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flags-published-admin-'));
  await buildSdk('flags-admin', join(folder, 'admin'));
  await buildCli(join(folder, 'cli'));
  const tarballs = [
    await packFolder(join(folder, 'admin'), folder),
    await packFolder(join(folder, 'cli'), folder),
  ];
  mkdirSync(project());
  writeFileSync(join(project(), 'package.json'), '{"name":"empty","version":"1.0.0","type":"module"}');
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await npm(['install', ...quiet, ...tarballs.map((tarball) => join(folder, tarball))], project());
  writeFileSync(join(project(), 'program.js'), program);
  writeFileSync(join(project(), 'consumer.ts'), consumer);
  writeFileSync(
    join(project(), 'env.yaml'),
    'flags: {a: {type: boolean, enabled: true, variants: {on: true}}}',
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each(['20', '22', '24'])('runs on Node %s', async (major) => {
  const node = await nodeBinary(major);
  const used = await run(node, ['program.js'], { cwd: project() });
  expect(JSON.parse(used.output)).toEqual({ weight: 10_000, isTyped: true });
  const flagsctl = (...words: string[]) =>
    run(node, [join(project(), 'node_modules/.bin/flagsctl'), ...words], { cwd: project() });
  expect(await flagsctl('codegen', 'typescript', '-f', 'env.yaml')).toMatchObject({
    code: 0,
    output: expect.stringContaining('client.boolean("a", false)') as string,
  });
  expect((await flagsctl('whoami', '--url', 'http://127.0.0.1:1', '--key', 'flags_p_x_y')).code).toBe(6);
  expect((await flagsctl('flag', 'fly')).code).toBe(2);
});

it('has types that stand on their own', async () => {
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--lib',
    'es2023,dom',
  ];
  const compiler = join(root, 'node_modules/typescript-native/bin/tsc');
  const { code, output } = await run(process.execPath, [compiler, ...options, 'consumer.ts'], {
    cwd: project(),
  });
  expect(code, output).toBe(0);
});

it('names nothing of this workspace', () => {
  for (const [name, file] of [
    ['admin', 'index.js'],
    ['cli', 'flagsctl.js'],
  ] as const) {
    expect(readFileSync(join(folder, name, file), 'utf8')).not.toMatch(/from "@org\//);
    const text = readFileSync(join(folder, name, 'package.json'), 'utf8');
    const { dependencies = {} } = JSON.parse(text) as { dependencies?: object };
    expect(Object.keys(dependencies).filter((each) => each.startsWith('@org/'))).toEqual([]);
  }
});
