// Plants violations of the rules in eslint.config.js and sees each found, so that a rule that stops working shows.
// Needs Nx's project graph, which it computes first.
import { join } from 'node:path';
import { ESLint } from 'eslint';
import { beforeAll, expect, it } from 'vitest';
import { root, runTool } from '../lib/run.ts';

beforeAll(async () => {
  const { code, output } = await runTool('nx/dist/bin/nx.js', ['graph', '--print']);
  expect(code, output).toBe(0);
});

const pure = 'packages/sync/src/planted.ts';
const contract = 'packages/contract/src/planted.ts';
const nodeSdk = 'packages/flags-node/src/planted.ts';
const webSdk = 'packages/flags-web/src/planted.ts';
const core = 'apps/core/src/planted.ts';
const test = 'test/system/planted.ts';
const tool = 'tools/demo/planted.ts';

// None of the files is ever written: ESLint gets a text and the place where it would stand.
const allowDefaultProject = [pure, contract, nodeSdk, webSdk, core, test, tool];
const parserOptions = { projectService: { allowDefaultProject }, tsconfigRootDir: root };
const eslint = new ESLint({
  cwd: root,
  overrideConfig: [{ files: ['**/*.ts'], languageOptions: { parserOptions } }],
});

async function rulesBroken(path: string, text: string): Promise<readonly (string | null)[]> {
  const [result] = await eslint.lintText(text, { filePath: join(root, path) });
  return [...new Set(result?.messages.map(({ ruleId }) => ruleId))];
}

const border = '@nx/enforce-module-boundaries';

it.each([
  ['a pure package that imports an adapter', pure, `export * from '@org/push-nats';`, border],
  ['a pure package that imports an application', pure, `export * from '@org/core';`, border],
  [
    'an SDK that imports an application',
    'packages/flags-node/src/planted.ts',
    `export * from '@org/core';`,
    border,
  ],
  ['an application that imports another', core, `export * from '@org/shop';`, border],
  ['a test that imports an application', test, `export * from '@org/core';`, border],
  [
    'tools that import an application by path',
    tool,
    `export * from '../../apps/core/src/application.ts';`,
    border,
  ],
  [
    'the contract that imports a pure package',
    'packages/contract/src/planted.ts',
    `export * from '@org/sync';`,
    border,
  ],
  [
    'browser code that imports Node code',
    'packages/flags-web/src/planted.ts',
    `export * from '@org/push-nats';`,
    border,
  ],
  ['a pure package that imports Node', pure, `export * from 'node:fs';`, 'no-restricted-imports'],
  ['a pure package that imports from a registry', pure, `export * from 'pino';`, 'no-restricted-imports'],
  [
    'a pure package that imports protobuf',
    pure,
    `export * from '@org/contract/gen/flags/v1/document';`,
    'no-restricted-imports',
  ],
  ['a pure package that reads the clock', pure, `export const a = Date.now();`, 'no-restricted-properties'],
  ['a pure package that makes a date', pure, `export const a = new Date();`, 'no-restricted-syntax'],
  ['a pure package that throws dice', pure, `export const a = Math.random();`, 'no-restricted-properties'],
  ['a pure package that waits', pure, `setTimeout(() => undefined, 1);`, 'no-restricted-globals'],
  ['a pure package that fetches', pure, `export const a = fetch;`, 'no-restricted-globals'],
  ['a pure package that knows the process', pure, `export const a = process.env;`, 'no-restricted-globals'],
  [
    'a promise that nobody awaits',
    core,
    `async function a(): Promise<void> {}\na();`,
    '@typescript-eslint/no-floating-promises',
  ],
  [
    'a promise taken for a boolean',
    core,
    `async function may(): Promise<boolean> { return true; }\nexport const a = () => { if (may()) return 1; return 2; };`,
    '@typescript-eslint/no-misused-promises',
  ],
  ['a default export', core, `export default 1;`, 'no-restricted-syntax'],
])('finds %s', async (_, path, text, rule) => {
  expect(await rulesBroken(path, `// Planted.\n${text}\n`)).toContain(rule);
});

it('lets an SDK import what stands below it', async () => {
  const text = `// Planted.\nexport * from '@org/sync';\nexport * from '@org/push-nats';\n`;
  expect(await rulesBroken(nodeSdk, text)).not.toContain(border);
});
