// R28: a core that is given the SDK of an earlier release accepts nothing that this one cannot evaluate. The earlier release
// is made here: the SDK as it is published, without an operator that came later.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSdk } from '@org/tools/build/build-sdks';
import { call, createEnvironment, type TestEnvironment } from '@org/tools/cluster/admin-client';
import { adminKey, startCore, type CoreProcess } from '@org/tools/cluster/core-process';
import { root } from '@org/tools/lib/run';
import { afterAll, beforeAll, expect, it } from 'vitest';

const laterOperator = 'ends_with';
let folder: string;
let core: CoreProcess;
let environment: TestEnvironment;

beforeAll(async () => {
  // Below the root, where the module finds what it imports.
  const cache = join(root, '.cache');
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, 'older-sdk-'));
  await buildSdk('flags-node', join(folder, 'sdk'));
  const file = join(folder, 'sdk', 'index.js');
  const code = readFileSync(file, 'utf8');
  expect(code).toContain(`"${laterOperator}"`);
  writeFileSync(file, code.replaceAll(`"${laterOperator}"`, '"not_there_yet"'));
  core = await startCore({ environment: { FLAGS_OLDER_SDKS: file } });
  environment = await createEnvironment(core.httpUrl);
}, 120_000);
afterAll(async () => {
  await core.close();
  rmSync(folder, { recursive: true });
});

const flagWith = (op: string): object => ({
  type: 'boolean',
  enabled: true,
  variants: { on: true, off: false },
  offVariant: 'off',
  rules: [{ id: 'r', when: { op, attribute: 'mail', ...operandOf(op) }, serve: { variant: 'on' } }],
  default: { variant: 'off' },
});
const operandOf = (op: string): object =>
  op === 'equals' ? { value: 'a@example.org' } : { values: ['@example.org'] };

const commit = (op: string): Promise<unknown> =>
  call(core.httpUrl, 'AdminService/Commit', {
    environment: environment.reference,
    changes: [{ kind: 'flag', key: 'staff', document: flagWith(op) }],
    reason: 'test',
  });

it('accepts what both releases can evaluate', async () => {
  await expect(commit('equals')).resolves.toMatchObject({ revision: { revision: 1 } });
});

it('refuses what the earlier release cannot, and says which', async () => {
  const request = { environment: environment.reference, reason: 'test' };
  const response = await fetch(`${core.httpUrl}/flags.v1.AdminService/Commit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
    body: JSON.stringify({
      ...request,
      changes: [{ kind: 'flag', key: 'staff', document: flagWith(laterOperator) }],
    }),
  });
  expect(response.status).toBe(400);
  const text = await response.text();
  expect(text).toContain('"older_sdk"');
  expect(text).toContain('index.js');
  expect(text).toContain(laterOperator);
});

it('does not hold a kill up', async () => {
  const request = { environment: environment.reference, flagKey: 'staff', reason: 'test' };
  await expect(call(core.httpUrl, 'AdminService/Kill', request)).resolves.toMatchObject({
    revision: { revision: 2 },
  });
});
