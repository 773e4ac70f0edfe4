// R32: whatever id or name stands in a request, at whatever depth, nothing of another project is read or written.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call } from '@org/tools/cluster/admin-client';
import { askGrpc, askHttp } from './support/ask.ts';
import { createInstallation } from './support/callers.ts';
import type { Installation } from './support/callers.ts';
import { readProtoRules } from './support/proto-rules.ts';
import { requests } from './support/requests.ts';

const secretValue = 'bank-secret-value-7f3a';
let installation: Installation;
let grpc: ReturnType<typeof askGrpc>;
let bankKeyId: string;

beforeAll(async () => {
  installation = await createInstallation();
  grpc = askGrpc(installation.core.grpcUrl.replace('http://', ''));
  const flag = {
    type: 'string',
    enabled: true,
    clientVisible: true,
    variants: { on: secretValue, off: 'no' },
    default: { variant: 'on' },
  };
  const changes = [{ kind: 'flag', key: 'bank-flag', document: flag }];
  await installation.admin('AdminService/Commit', { environment: 'bank/dev', changes, author: secretValue });
  const created = { environment: 'bank/dev', kind: 'KEY_KIND_SERVER', name: secretValue };
  bankKeyId = (await installation.admin<{ key: { id: string } }>('AccessService/CreateSdkKey', created)).key
    .id;
});
afterAll(async () => {
  grpc.close();
  await installation.core.close();
});

const foreigners = [
  'admin of shop/*',
  'admin of shop/dev',
  'server key of shop/dev',
  'client key of shop/dev',
];

it.each(foreigners)('gives %s nothing of another project, however it is named', async (name) => {
  const { key } = installation.caller(name);
  const bankNames = [
    'bank/dev',
    installation.ids['bank/dev']!,
    'bank/*',
    'bank/DEV',
    'bank/nope',
    'shop/dev/../../bank/dev',
  ];
  const rules = readProtoRules().filter(({ scope }) => scope === 'ENVIRONMENT');
  for (const { service, method } of rules) {
    const path = `${service}/${method}`;
    for (const bank of bankNames) {
      const request = withEnvironment(
        { ...requests[path], key: undefined, flagKey: 'bank-flag' },
        path,
        bank,
      );
      for (const ask of [grpc.ask, askHttp(installation.core.httpUrl)]) {
        const { code, text } = await ask(path, request, key);
        expect.soft(code, `${path} on ${bank}`).not.toBe('OK');
        expect.soft(text, `${path} on ${bank}`).not.toContain(secretValue);
      }
    }
  }
});

it.each(foreigners)('tells %s of no key, page or project of others', async (name) => {
  const { key } = installation.caller(name);
  const pages = await call<{ nextPageToken: string }>(
    installation.core.httpUrl,
    'AdminService/ListDocuments',
    {
      environment: 'bank/dev',
      pageSize: 1,
    },
  );
  const asked = await Promise.all(
    [
      ['AccessService/RevokeKey', { environment: 'shop/dev', keyId: bankKeyId }],
      ['AccessService/ListKeys', { environment: 'shop/dev' }],
      ['AccessService/ListProjects', {}],
      ['AccessService/ListEnvironments', {}],
      ['AccessService/ListEnvironments', { project: 'bank' }],
      ['AccessService/CreateEnvironment', { project: 'bank', key: 'mine', name: 'Mine' }],
      ['AdminService/ListDocuments', { environment: 'shop/dev', pageToken: pages.nextPageToken ?? '' }],
      ['AdminService/GetDocument', { environment: 'shop/dev', kind: 'flag', key: 'bank-flag' }],
    ].map(([method, request]) => askHttp(installation.core.httpUrl)(method as string, request, key)),
  );
  for (const { text } of asked) {
    expect(text).not.toContain(secretValue);
    expect(text).not.toContain('bank/dev');
    expect(text).not.toContain(installation.ids['bank/dev']!);
  }
  const keys = await installation.admin<{ keys: { id: string; revokedAt?: string }[] }>(
    'AccessService/ListKeys',
    {
      environment: 'bank/dev',
    },
  );
  expect(keys.keys.find(({ id }) => id === bankKeyId)?.revokedAt).toBeUndefined();
});

it('answers alike about what is not the caller’s and what does not exist', async () => {
  const ask = askHttp(installation.core.httpUrl);
  const { key } = installation.caller('editor of shop/dev');
  const answers = await Promise.all(
    ['bank/dev', 'bank/nope', installation.ids['bank/dev']!, 'e0000000000'].map(
      async (environment) => (await ask('AdminService/ListDocuments', { environment }, key)).text,
    ),
  );
  expect(new Set(answers).size).toBe(1);
});

it('stores no beacon and no report for another environment', async () => {
  const { key } = installation.caller('client key of shop/dev');
  const response = await fetch(`${installation.core.httpUrl}/v1/beacon`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', origin: 'https://shop.example' },
    body: JSON.stringify({ key, request: { environment: 'bank/dev', instanceId: 'i', sequence: 1 } }),
  });
  expect(response.status).toBe(403);
});

function withEnvironment(request: Record<string, unknown>, path: string, environment: string): unknown {
  const known = Object.fromEntries(
    Object.entries(request).filter(([name]) => name in (requests[path] ?? {})),
  );
  if (path !== 'FlagService/EvaluateStream') return { ...known, environment };
  return { id: 1, request: { environment, flagKey: 'bank-flag' } };
}
