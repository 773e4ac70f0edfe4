// R31: every method × every sort of caller × both transports answers as the proto's rules say; nothing is left out.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askGrpc, askHttp } from './support/ask.ts';
import type { Ask } from './support/ask.ts';
import { createInstallation } from './support/callers.ts';
import type { Installation, TestCaller } from './support/callers.ts';
import { readProtoRules } from './support/proto-rules.ts';
import type { ProtoRule } from './support/proto-rules.ts';
import { requests } from './support/requests.ts';

type Verdict = 'UNAUTHENTICATED' | 'PERMISSION_DENIED' | 'allowed';

const rules = readProtoRules();
let installation: Installation;
let grpc: ReturnType<typeof askGrpc>;
let http: Ask;

beforeAll(async () => {
  installation = await createInstallation();
  grpc = askGrpc(installation.core.grpcUrl.replace('http://', ''));
  http = askHttp(installation.core.httpUrl);
});
afterAll(async () => {
  grpc.close();
  await installation.core.close();
});

it('has a request for every method of the proto, and for no other', () => {
  const names = rules.map(({ service, method }) => `${service}/${method}`);
  expect(Object.keys(requests).sort()).toEqual([...names].sort());
  expect(names.length).toBeGreaterThanOrEqual(31);
});

it.each([
  ['gRPC', () => grpc.ask],
  ['HTTP', () => http],
])('answers every caller about every method as the proto says, over %s', async (transport, ask) => {
  const wrong: string[] = [];
  for (const rule of rules) {
    const name = `${rule.service}/${rule.method}`;
    if (transport === 'HTTP' && name === 'FlagService/EvaluateStream') continue;
    await Promise.all(
      installation.callers.map(async (caller) => {
        const { code } = await ask()(name, requests[name], caller.key);
        const expected = expectedFor(rule, caller);
        const got = verdictOf(name, code);
        if (got !== expected) wrong.push(`${name} by ${caller.name}: ${code}, expected ${expected}`);
      }),
    );
  }
  expect(wrong).toEqual([]);
});

/** Written by hand, so that a mistake in reading the rules shows, too. */
it.each<[string, string, Verdict]>([
  ['AdminService/Commit', 'no key', 'UNAUTHENTICATED'],
  ['AdminService/Commit', 'revoked key', 'UNAUTHENTICATED'],
  ['AdminService/Commit', 'expired key', 'UNAUTHENTICATED'],
  ['AdminService/Commit', 'key of a disabled admin', 'UNAUTHENTICATED'],
  ['AdminService/Commit', 'viewer of shop/dev', 'PERMISSION_DENIED'],
  ['AdminService/Commit', 'editor of shop/dev', 'allowed'],
  ['AdminService/Commit', 'editor of shop/*', 'allowed'],
  ['AdminService/Commit', 'admin of shop/prod', 'PERMISSION_DENIED'],
  ['AdminService/Commit', 'admin of bank/*', 'PERMISSION_DENIED'],
  ['AdminService/Commit', 'viewer of shop/dev and admin of bank/*', 'PERMISSION_DENIED'],
  ['AdminService/Commit', 'server key of shop/dev', 'PERMISSION_DENIED'],
  ['AdminService/Kill', 'client key of shop/dev', 'PERMISSION_DENIED'],
  ['AdminService/Kill', 'viewer of shop/dev', 'PERMISSION_DENIED'],
  ['AdminService/Kill', 'operator of shop/dev', 'allowed'],
  ['AdminService/Commit', 'operator of shop/dev', 'PERMISSION_DENIED'],
  ['AdminService/ListDocuments', 'viewer of shop/dev', 'allowed'],
  ['AdminService/ListDocuments', 'principal without a role', 'PERMISSION_DENIED'],
  ['AccessService/WhoAmI', 'principal without a role', 'allowed'],
  ['AccessService/WhoAmI', 'client key of shop/dev', 'allowed'],
  ['AccessService/CreateProject', 'admin of shop/*', 'PERMISSION_DENIED'],
  ['AccessService/CreateProject', 'admin of *', 'allowed'],
  ['AccessService/CreateEnvironment', 'admin of shop/dev', 'PERMISSION_DENIED'],
  ['AccessService/CreateEnvironment', 'admin of shop/*', 'allowed'],
  ['AccessService/ListKeys', 'approver of shop/dev', 'PERMISSION_DENIED'],
  ['AccessService/ListKeys', 'admin of shop/dev', 'allowed'],
  ['FlagService/Evaluate', 'client key of shop/dev', 'allowed'],
  ['FlagService/Evaluate', 'server key of shop/prod', 'PERMISSION_DENIED'],
  ['FlagService/Evaluate', 'server key of bank/dev', 'PERMISSION_DENIED'],
  ['SyncService/GetPushAccess', 'client key of shop/dev', 'PERMISSION_DENIED'],
  ['SyncService/Watch', 'client key of shop/dev', 'allowed'],
  ['EventService/Record', 'viewer of shop/dev', 'PERMISSION_DENIED'],
])('%s by %s: %s', async (method, name, expected) => {
  const caller = installation.callers.find((candidate) => candidate.name === name)!;
  for (const ask of [grpc.ask, http])
    expect(verdictOf(method, (await ask(method, requests[method], caller.key)).code)).toBe(expected);
});

it.each([
  ['AccessService/ListKeys', {}],
  ['AccessService/RevokeKey', { keyId: 'does-not-exist' }],
])('%s without an environment is for admins of the installation', async (method, request) => {
  const codes = await Promise.all(
    ['admin of *', 'admin of shop/*', 'approver of *', 'server key of shop/dev'].map(async (name) =>
      verdictOf(method, (await http(method, request, installation.caller(name).key)).code),
    ),
  );
  expect(codes).toEqual(['allowed', 'PERMISSION_DENIED', 'PERMISSION_DENIED', 'PERMISSION_DENIED']);
});

it('has written no secret into its log', () => {
  const log = installation.core.output();
  for (const secret of installation.secrets) expect(log).not.toContain(secret.slice(-20));
});

/** Answers that come after authorisation: success, or the use case's own no. A defect is none of them. */
function verdictOf(method: string, code: string): string {
  // This installation has no analytics to ask.
  if (code === 'UNAVAILABLE' && method.startsWith('AnalyticsService/')) return 'allowed';
  if (code === 'UNAUTHENTICATED' || code === 'PERMISSION_DENIED') return code;
  const own = [
    'OK',
    'INVALID_ARGUMENT',
    'NOT_FOUND',
    'ALREADY_EXISTS',
    'OUT_OF_RANGE',
    'FAILED_PRECONDITION',
  ];
  return own.includes(code) ? 'allowed' : code;
}

const ranks = ['VIEWER', 'OPERATOR', 'EDITOR', 'APPROVER', 'ADMIN'];

function expectedFor(rule: ProtoRule, caller: TestCaller): Verdict {
  if (caller.kind === 'nobody') return 'UNAUTHENTICATED';
  if (caller.kind === 'principal') return mayPrincipal(rule, caller) ? 'allowed' : 'PERMISSION_DENIED';
  const kindMay = caller.kind === 'server' ? rule.serverKey : rule.clientKey;
  const objectMay =
    rule.scope === 'CALLER' || (rule.scope === 'ENVIRONMENT' && caller.environment === 'shop/dev');
  return kindMay && objectMay ? 'allowed' : 'PERMISSION_DENIED';
}

function mayPrincipal(rule: ProtoRule, caller: TestCaller): boolean {
  if (rule.scope === 'CALLER') return true;
  const enough: Readonly<Record<string, readonly string[]>> = {
    ENVIRONMENT: ['shop/dev', 'shop/*', '*'],
    PROJECT: ['shop/*', '*'],
    INSTALLATION: ['*'],
  };
  return Object.entries(caller.roles).some(
    ([scope, role]) => enough[rule.scope]!.includes(scope) && ranks.indexOf(role) >= ranks.indexOf(rule.role),
  );
}
