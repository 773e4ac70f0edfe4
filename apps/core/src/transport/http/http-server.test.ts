// The HTTP port with fetch, over the application in memory.
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startFixture } from '../../testing/transport-fixture.ts';
import type { Fixture } from '../../testing/transport-fixture.ts';

let fixture: Fixture;
let serverKey: string;
let clientKey: string;
let editorKey: string;
const evaluatePath = '/flags.v1.FlagService/Evaluate';
const origin = 'https://shop.example';

beforeAll(async () => {
  fixture = await startFixture();
  serverKey = (await fixture.sdkKey(fixture.environmentId, 'KEY_KIND_SERVER')).secret;
  clientKey = (await fixture.sdkKey(fixture.environmentId, 'KEY_KIND_CLIENT')).secret;
  editorKey = (await fixture.principalKey([{ scope: 'shop/dev', role: 'ROLE_EDITOR' }])).secret;
});
afterAll(() => fixture.close());

it('answers a unary call as proto3 JSON', async () => {
  const response = await fixture.post(
    evaluatePath,
    { flagKey: 'new-checkout', context: { targetingKey: 'u' } },
    serverKey,
  );
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(await response.json()).toEqual({
    flagKey: 'new-checkout',
    value: true,
    variant: 'on',
    reason: 'STATIC',
    rule: 'default',
    revision: 1,
  });
});

it('answers a fault as a Connect error with details', async () => {
  const response = await fixture.post(evaluatePath, { context: {} }, serverKey, { 'x-request-id': 'abc' });
  expect(response.status).toBe(400);
  expect(response.headers.get('x-request-id')).toBe('abc');
  const body = (await response.json()) as { details: { type: string; value: string; debug: unknown }[] };
  expect(body).toMatchObject({
    code: 'invalid_argument',
    message: '[INVALID_REQUEST] flag_key must be set.',
  });
  expect(body.details.map(({ type, debug }) => [type, debug])).toEqual([
    ['google.rpc.ErrorInfo', { reason: 'INVALID_REQUEST', domain: 'flags' }],
    [
      'google.rpc.BadRequest',
      { fieldViolations: [{ field: 'flag_key', reason: 'required', description: 'flag_key must be set.' }] },
    ],
  ]);
  expect(body.details[0]!.value).not.toMatch(/=$/);
});

it.each([
  ['no key', undefined, 401],
  ['garbage', 'garbage', 401],
  ['a server key on a method for principals', 'server', 403],
])('refuses %s', async (_name, key, expected) => {
  const response = await fixture.post(
    '/flags.v1.AdminService/ListDocuments',
    { environment: 'shop/dev' },
    key === 'server' ? serverKey : key,
  );
  expect(response.status).toBe(expected);
});

it.each([
  ['{', 'json', ''],
  ['[]', 'type', ''],
  ['"x"', 'type', ''],
  ['null', 'type', ''],
  ['', 'json', ''],
  [new Uint8Array([0x22, 0xff, 0x22]), 'utf8', ''],
  ['{"flagKey":"a","colour":1}', 'unknown_field', 'colour'],
  ['{"flagKey":7}', 'type', 'flag_key'],
  ['{"flagKey":"a","context":[]}', 'type', 'context'],
  ['{"flagKey":"a","flag_key":"b"}', 'duplicate_field', 'flag_key'],
  ['{"flagKey":"\\ud800"}', 'utf8', 'flag_key'],
  ['{"flagKey":"a","context":{"n":1e999}}', 'range', 'context.n'],
])('refuses the body %j by rule %s at %j', async (body, rule, field) => {
  const response = await fixture.post(evaluatePath, body, serverKey);
  expect(response.status).toBe(400);
  const { details } = (await response.json()) as { details: { debug: { fieldViolations?: object[] } }[] };
  const violation = details.flatMap(({ debug }) => debug.fieldViolations ?? [])[0] as Record<string, string>;
  expect(violation).toMatchObject({ reason: rule });
  expect(violation['field'] ?? '').toBe(field);
});

it.each([
  ['GET', evaluatePath, 405, 'POST, OPTIONS'],
  ['POST', '/healthz', 405, 'GET, HEAD, OPTIONS'],
  ['PUT', '/v1/watch', 405, 'POST, OPTIONS'],
])('answers %s %s with %i and Allow', async (method, path, expected, allow) => {
  const response = await fetch(`${fixture.httpUrl}${path}`, { method });
  expect(response.status).toBe(expected);
  expect(response.headers.get('allow')).toBe(allow);
});

it.each(['text/plain', 'application/proto', 'application/json; charset=latin1', 'application/connect+json'])(
  'answers 415 to a body of type %s',
  async (type) => {
    const response = await fixture.post(evaluatePath, '{}', serverKey, { 'content-type': type });
    expect(response.status).toBe(415);
    expect(response.headers.get('accept-post')).toBe('application/json');
  },
);

it('checks the version and the timeout of the Connect protocol', async () => {
  const call = (headers: Record<string, string>) =>
    fixture.post(evaluatePath, { flagKey: 'a' }, serverKey, headers);
  expect((await call({ 'connect-protocol-version': '1', 'connect-timeout-ms': '5000' })).status).toBe(200);
  expect((await call({ 'connect-protocol-version': '2' })).status).toBe(400);
  expect((await call({ 'connect-timeout-ms': 'soon' })).status).toBe(400);
});

it('answers 504 when the time the caller gave is up, and still finishes', async () => {
  let open = (): void => undefined;
  fixture.application.gate = new Promise<void>((resolve) => (open = resolve));
  const before = fixture.application.replica(fixture.environmentId).revision;
  const body = { environment: 'shop/dev', changes: [{ kind: 'flag', key: 'late', document: { value: 1 } }] };
  const response = await fixture.post('/flags.v1.AdminService/Commit', body, editorKey, {
    'connect-timeout-ms': '1',
  });
  expect(response.status).toBe(504);
  expect(await response.json()).toMatchObject({ code: 'deadline_exceeded' });
  open();
  await fixture.application.gate;
  await expect.poll(() => fixture.application.replica(fixture.environmentId).revision).toBe(before + 1);
});

it('refuses a body above a mebibyte with 413, by its length and while reading', async () => {
  const text = `"${'x'.repeat(1024 * 1024)}"`;
  expect((await fixture.post(evaluatePath, text, serverKey)).status).toBe(413);
  const chunks = new ReadableStream({
    start(controller) {
      for (let sent = 0; sent <= 1024 * 1024; sent += 65_536)
        controller.enqueue(new Uint8Array(65_536).fill(0x20));
      controller.close();
    },
  });
  const response = await fetch(`${fixture.httpUrl}${evaluatePath}`, {
    method: 'POST',
    body: chunks,
    duplex: 'half',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${serverKey}` },
  });
  expect(response.status).toBe(413);
  expect(await response.json()).toMatchObject({ code: 'resource_exhausted' });
});

it('reads gzip, and refuses what unpacks to more than a mebibyte', async () => {
  const send = (body: Uint8Array) =>
    fixture.post(evaluatePath, body, serverKey, { 'content-encoding': 'gzip' });
  expect((await send(gzipSync('{"flagKey":"new-checkout"}'))).status).toBe(200);
  expect((await send(gzipSync(Buffer.alloc(50 * 1024 * 1024)))).status).toBe(413);
  expect((await send(Buffer.from('not gzip'))).status).toBe(400);
  expect((await fixture.post(evaluatePath, '{}', serverKey, { 'content-encoding': 'br' })).status).toBe(501);
});

it('answers preflights for origins that some environment allows, on routes for browsers', async () => {
  const preflight = (path: string, from: string) =>
    fetch(`${fixture.httpUrl}${path}`, {
      method: 'OPTIONS',
      headers: {
        origin: from,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    });
  const allowed = await preflight(evaluatePath, origin);
  expect(allowed.status).toBe(204);
  expect(allowed.headers.get('access-control-allow-origin')).toBe(origin);
  expect(allowed.headers.get('access-control-allow-headers')).toContain('authorization');
  for (const refused of [
    await preflight(evaluatePath, 'https://evil.example'),
    await preflight('/flags.v1.AdminService/Commit', origin),
  ]) {
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
  }
});

it('takes a client key from the origins of its environment only', async () => {
  const call = (key: string, from: string) =>
    fixture.post(evaluatePath, { flagKey: 'new-checkout' }, key, { origin: from });
  const allowed = await call(clientKey, origin);
  expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([200, origin]);
  const refused = await call(clientKey, 'https://evil.example');
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  expect((await call(serverKey, origin)).status).toBe(403);
  const own = { environment: 'shop/dev', flagKey: 'new-checkout' };
  expect((await fixture.post(evaluatePath, own, editorKey, { origin: fixture.httpUrl })).status).toBe(200);
  expect((await fixture.post(evaluatePath, own, editorKey, { origin })).status).toBe(403);
});

it('stores a beacon of a client key that stands in the body', async () => {
  const request = {
    instanceId: 'i-1',
    sequence: 1,
    events: [{ timeMs: 1, metric: { name: 'purchase', value: 12.5 } }],
  };
  const send = (body: unknown, from = origin) =>
    fixture.post('/v1/beacon', body, undefined, { 'content-type': 'text/plain;charset=UTF-8', origin: from });
  const response = await send({ key: clientKey, request });
  expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, origin]);
  expect(fixture.application.recorded.at(-1)?.request.events[0]?.body).toMatchObject({ $case: 'metric' });
  expect((await send({ key: serverKey, request })).status).toBe(403);
  expect((await send({ key: clientKey, request }, 'https://evil.example')).status).toBe(403);
  expect((await send({ key: 'flags_c_k0_unknown', request })).status).toBe(401);
  expect((await send({ key: clientKey })).status).toBe(400);
  expect((await send({ key: clientKey, request, more: 1 })).status).toBe(400);
});

it('tells its health, its readiness with reasons, and what it is', async () => {
  const get = async (path: string) => {
    const response = await fetch(`${fixture.httpUrl}${path}`);
    return [response.status, await response.json()] as const;
  };
  expect(await get('/healthz')).toEqual([200, { status: 'ok' }]);
  expect(await get('/readyz')).toEqual([200, { ready: true, reasons: [] }]);
  fixture.notReady.push('store');
  expect(await get('/readyz')).toEqual([503, { ready: false, reasons: ['store'] }]);
  fixture.notReady.pop();
  expect(await get('/')).toMatchObject([200, { name: 'flags' }]);
});

it('shows metrics to the loopback address, and not through a proxy', async () => {
  const response = await fetch(`${fixture.httpUrl}/metrics`);
  const text = await response.text();
  expect(text).toMatch(
    /flags_calls_total\{method="flags.v1.FlagService\/Evaluate",transport="http",code="OK"\} \d+/,
  );
  expect(text).toContain('nodejs_eventloop_lag_seconds');
  expect(text).not.toMatch(/flags_[psc]_/);
  expect(
    (await fetch(`${fixture.httpUrl}/metrics`, { headers: { 'x-forwarded-for': '10.0.0.1' } })).status,
  ).toBe(401);
});

it('says that streaming methods are elsewhere', async () => {
  const response = await fixture.post('/flags.v1.SyncService/Watch', {}, serverKey);
  expect(response.status).toBe(501);
});
