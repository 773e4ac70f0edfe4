// R31 for protocols that are not ours: every method of flagd's services, every route of OFREP and the manifest API, every sort
// of caller. Who may call what is written down here by hand, so that a mistake in the server's table shows.
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { foreignMethods } from '@org/contract/gen/access-table';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createInstallation } from './support/callers.ts';
import type { Installation, TestCaller } from './support/callers.ts';

type Verdict = 'UNAUTHENTICATED' | 'PERMISSION_DENIED' | 'allowed';

let installation: Installation;
let client: Client;

beforeAll(async () => {
  installation = await createInstallation();
  client = new Client(installation.core.grpcUrl.replace('http://', ''), credentials.createInsecure());
});
afterAll(async () => {
  client.close();
  await installation.core.close();
});

/** Who may call: the least role of a principal in shop/dev, and the kinds of keys of shop/dev. */
interface Rule {
  readonly role: 'VIEWER' | 'EDITOR';
  readonly keys: readonly string[];
}
const evaluation: Rule = { role: 'VIEWER', keys: ['server', 'client'] };
const definitions: Rule = { role: 'VIEWER', keys: ['server'] };
const writing: Rule = { role: 'EDITOR', keys: [] };

const environment = 'shop/dev';
const roles = ['VIEWER', 'OPERATOR', 'EDITOR', 'APPROVER', 'ADMIN'];

function expectedFor(rule: Rule, caller: TestCaller): Verdict {
  if (caller.kind === 'nobody') return 'UNAUTHENTICATED';
  if (caller.kind !== 'principal')
    return caller.environment === environment && rule.keys.includes(caller.kind)
      ? 'allowed'
      : 'PERMISSION_DENIED';
  const isEnough = ([scope, role]: [string, string]): boolean =>
    ['shop/dev', 'shop/*', '*'].includes(scope) && roles.indexOf(role) >= roles.indexOf(rule.role);
  return Object.entries(caller.roles).some(isEnough) ? 'allowed' : 'PERMISSION_DENIED';
}

function verdictOf(code: string): string {
  if (code === 'UNAUTHENTICATED' || code === 'PERMISSION_DENIED') return code;
  return ['OK', 'NOT_FOUND', 'INVALID_ARGUMENT', '200', '201', '400', '404'].includes(code)
    ? 'allowed'
    : code;
}

/** The first answer, or the end. The message is empty: no flag has an empty key. */
function askGrpc(method: string, streams: boolean, caller: TestCaller): Promise<string> {
  const metadata = new Metadata();
  if (caller.key !== undefined) metadata.set('authorization', `Bearer ${caller.key}`);
  metadata.set('flags-environment', environment);
  const same = (bytes: Buffer): Buffer => bytes;
  const nothing = Buffer.alloc(0);
  return new Promise((resolve) => {
    const failed = (error: { code?: number }): void =>
      resolve(status[error.code ?? status.UNKNOWN] ?? 'UNKNOWN');
    if (!streams) {
      client.makeUnaryRequest(`/${method}`, same, same, nothing, metadata, (error) =>
        error === null ? resolve('OK') : failed(error),
      );
      return;
    }
    const stream = client.makeServerStreamRequest(`/${method}`, same, same, nothing, metadata);
    stream.on('data', () => {
      resolve('OK');
      stream.cancel();
    });
    stream.on('error', failed);
  });
}

it('answers every caller about every method of flagd as written here', async () => {
  const wrong: string[] = [];
  const names = Object.entries(foreignMethods);
  expect(names.length).toBe(23);
  for (const [name, { serverStreaming }] of names) {
    const rule = name.startsWith('flagd.sync.') ? definitions : evaluation;
    await Promise.all(
      installation.callers.map(async (caller) => {
        const got = verdictOf(await askGrpc(name, serverStreaming, caller));
        // Deprecated, and not there for who shows no key at all: providers ask it before they can show one.
        const isAbsent = name.endsWith('/GetMetadata') && caller.key === undefined;
        const expected = isAbsent ? 'UNIMPLEMENTED' : expectedFor(rule, caller);
        if (got !== expected) wrong.push(`${name} by ${caller.name}: ${got}, expected ${expected}`);
      }),
    );
  }
  expect(wrong).toEqual([]);
});

const context = { context: { targetingKey: 'u-1' } };
const manifest = '/openfeature/v0/manifest';
/** A request of every route that does no harm to whoever may make it. */
const routes: readonly (readonly [string, string, unknown, Rule])[] = [
  ['POST', '/ofrep/v1/evaluate/flags/does-not-exist', context, evaluation],
  ['POST', '/ofrep/v1/evaluate/flags', context, evaluation],
  ['GET', '/ofrep/v1/events', undefined, evaluation],
  ['GET', manifest, undefined, definitions],
  ['POST', `${manifest}/flags`, {}, writing],
  ['PUT', `${manifest}/flags/does-not-exist`, { key: 'other', type: 'boolean' }, writing],
  ['DELETE', `${manifest}/flags/does-not-exist`, undefined, writing],
  ['POST', '/flagd.evaluation.v1.Service/ResolveAll', context, evaluation],
  ['POST', '/flagd.evaluation.v2.Service/ResolveBoolean', { ...context, flagKey: 'x' }, evaluation],
  ['POST', '/schema.v1.Service/ResolveString', { ...context, flagKey: 'x' }, evaluation],
];

it.each(routes)('answers every caller about %s %s as written here', async (method, path, body, rule) => {
  const wrong: string[] = [];
  await Promise.all(
    installation.callers.map(async (caller) => {
      const response = await fetch(`${installation.core.httpUrl}${path}`, {
        method,
        headers: {
          'flags-environment': environment,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(caller.key !== undefined && { authorization: `Bearer ${caller.key}` }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      await response.body?.cancel();
      const names: Record<number, string> = { 401: 'UNAUTHENTICATED', 403: 'PERMISSION_DENIED' };
      const got = verdictOf(names[response.status] ?? String(response.status));
      const expected = expectedFor(rule, caller);
      if (got !== expected) wrong.push(`${caller.name}: ${got}, expected ${expected}`);
    }),
  );
  expect(wrong).toEqual([]);
});

it.each(['shop/prod', 'bank/dev', 'does/not-exist'])(
  'hides %s from who has no role in it',
  async (reference) => {
    const { key } = installation.caller('admin of shop/dev');
    for (const [method, path, headers] of [
      ['GET', `/environments/${reference}${manifest}`, {}],
      ['GET', manifest, { 'flags-environment': reference }],
      ['GET', '/ofrep/v1/events', { 'flags-environment': reference }],
    ] as const) {
      const response = await fetch(`${installation.core.httpUrl}${path}`, {
        method,
        headers: { ...headers, authorization: `Bearer ${key}` },
      });
      expect([path, response.status]).toEqual([path, 403]);
      await response.body?.cancel();
    }
  },
);

it('takes a client key from the address of the stream, and nothing from any other', async () => {
  const { httpUrl } = installation.core;
  const { key } = installation.caller('client key of shop/dev');
  const open = await fetch(`${httpUrl}/ofrep/v1/events?key=${key}`);
  expect(open.status).toBe(200);
  await open.body?.cancel();
  for (const name of ['server key of shop/dev', 'admin of *'])
    expect((await fetch(`${httpUrl}/ofrep/v1/events?key=${installation.caller(name).key}`)).status).toBe(401);
  expect((await fetch(`${httpUrl}${manifest}?key=${key}`)).status).toBe(401);
  for (const secret of installation.secrets)
    expect(installation.core.output()).not.toContain(secret.slice(-20));
});
