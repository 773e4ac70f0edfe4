// The gRPC server with real clients, over the application in memory.
import { Metadata, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CreateSdkKeyRequest, CreateKeyResponse } from '@org/contract/gen/flags/v1/access_service';
import type { EvaluateRequest } from '@org/contract/gen/flags/v1/flag_service';
import { callUnary } from '../../testing/call-unary.ts';
import { startFixture, withKey } from '../../testing/transport-fixture.ts';
import type { Fixture } from '../../testing/transport-fixture.ts';

let fixture: Fixture;
let serverKey: string;
let clientKey: string;
let editorKey: string;
let adminKey: string;

beforeAll(async () => {
  fixture = await startFixture();
  serverKey = (await fixture.sdkKey(fixture.environmentId, 'KEY_KIND_SERVER')).secret;
  clientKey = (await fixture.sdkKey(fixture.environmentId, 'KEY_KIND_CLIENT')).secret;
  adminKey = (await fixture.principalKey([{ scope: '*', role: 'ROLE_ADMIN' }])).secret;
  editorKey = (await fixture.principalKey([{ scope: 'shop/dev', role: 'ROLE_EDITOR' }])).secret;
});
afterAll(() => fixture.close());

const evaluate = (request: Partial<EvaluateRequest>, metadata: Metadata) =>
  callUnary(
    fixture.flags.evaluate.bind(fixture.flags),
    { environment: '', flagKey: '', context: {}, ...request },
    metadata,
  );
const commit = (environment: string, key: string, metadata: Metadata) =>
  callUnary(
    fixture.admin.commit.bind(fixture.admin),
    {
      environment,
      changes: [
        {
          kind: 'flag',
          key,
          action: { $case: 'document', value: { value: 1 } },
          expectedDocumentRevision: undefined,
        },
      ],
      idempotencyKey: '',
      author: '',
      reason: '',
      expectedRevision: undefined,
      dryRun: false,
    },
    metadata,
  );

it.each(['authorization', 'x-api-key'] as const)('evaluates for a key in %s', async (header) => {
  const outcome = await evaluate({ flagKey: 'new-checkout' }, withKey(serverKey, header));
  expect(outcome).toMatchObject({
    response: { flagKey: 'new-checkout', value: true, reason: 'STATIC', variant: 'on' },
  });
});

it('records whom a split decided for, by single evaluations and streams, once, unless the caller does', async () => {
  const own = await startFixture();
  const { secret } = await own.sdkKey(own.environmentId, 'KEY_KIND_SERVER');
  const viewer = await own.principalKey([{ scope: 'shop/dev', role: 'ROLE_VIEWER' }]);
  const replica = own.application.replica(own.environmentId);
  replica.change({ split: { value: 'b', answer: { reason: 'SPLIT', variant: 'b', rule: 'rule:half' } } });
  const ask = (user: string, key: string, more: Partial<EvaluateRequest> = {}) => {
    const request = { environment: '', flagKey: 'split', context: { targetingKey: user }, ...more };
    return callUnary(own.flags.evaluate.bind(own.flags), request, withKey(key));
  };
  for (const user of ['u-1', 'u-1', 'u-2']) await ask(user, secret);
  await ask('u-3', secret, { withoutExposure: true });
  await ask('u-4', viewer.secret, { environment: 'shop/dev' });
  const stream = own.flags.evaluateStream(withKey(secret));
  const ended = new Promise((settle) => stream.on('data', () => stream.end()).once('end', settle));
  stream.write({ id: 1, request: { environment: '', flagKey: 'split', context: { targetingKey: 'u-5' } } });
  await ended;
  await own.close();
  const events = own.application.recorded.flatMap(({ request }) => request.events);
  const units = events.map(({ body }) => (body?.$case === 'exposure' ? body.value.units['user'] : undefined));
  expect(units).toEqual(['u-1', 'u-2', 'u-5']);
});

it('names the field of an enum whose number it does not know', async () => {
  const fields = { environment: 'shop/dev', name: '', expiresAt: undefined };
  const request = CreateSdkKeyRequest.encode(CreateSdkKeyRequest.create(fields)).finish();
  const kind = { tag: 2 << 3, value: 99 };
  const outcome = await callUnary<Uint8Array, CreateKeyResponse>(
    (bytes, metadata, callback) =>
      fixture.admin.makeUnaryRequest(
        '/flags.v1.AccessService/CreateSdkKey',
        (raw: Uint8Array) => Buffer.from(raw),
        (answer) => CreateKeyResponse.decode(answer),
        bytes,
        metadata,
        (error, response) => callback(error, response as CreateKeyResponse),
      ),
    Uint8Array.from([...request, kind.tag, kind.value]),
    withKey(adminKey),
  );
  expect(outcome).toMatchObject({
    error: { code: status.INVALID_ARGUMENT, violations: [{ field: 'kind' }] },
  });
});

it('answers an unknown flag as an evaluation', async () => {
  const outcome = await evaluate({ flagKey: 'nobody-knows' }, withKey(serverKey));
  expect(outcome).toMatchObject({ response: { errorCode: 'FLAG_NOT_FOUND', reason: 'ERROR' } });
});

it('answers a client key about a flag outside its view as about one that does not exist', async () => {
  const hidden = await evaluate({ flagKey: 'hidden' }, withKey(clientKey));
  expect(hidden).toMatchObject({ response: { errorCode: 'FLAG_NOT_FOUND', value: undefined } });
  expect(await evaluate({ flagKey: 'new-checkout' }, withKey(clientKey))).toMatchObject({
    response: { value: true },
  });
});

it('names field and rule of what is missing', async () => {
  const { error } = (await evaluate({}, withKey(serverKey))) as { error: unknown };
  expect(error).toMatchObject({
    code: status.INVALID_ARGUMENT,
    reason: 'INVALID_REQUEST',
    domain: 'flags',
    violations: [{ field: 'flag_key', reason: 'required' }],
  });
});

it('refuses a context beyond the limit of attributes', async () => {
  const context = Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`a${index}`, index]));
  const outcome = await evaluate({ flagKey: 'new-checkout', context }, withKey(serverKey));
  expect(outcome).toMatchObject({
    error: { code: status.INVALID_ARGUMENT, violations: [{ field: 'context', reason: 'max_attributes' }] },
  });
});

it('refuses a malformed context by field and rule', async () => {
  const context = { kind: 'multi', user: { targetingKey: true }, device: 'd' };
  const outcome = await evaluate({ flagKey: 'new-checkout', context }, withKey(serverKey));
  expect(outcome).toMatchObject({
    error: {
      code: status.INVALID_ARGUMENT,
      violations: [
        { field: 'context.user.targetingKey', reason: 'type' },
        { field: 'context.device', reason: 'type' },
      ],
    },
  });
});

it('refuses a context beyond the limit of bytes before it is parsed', async () => {
  const context = { text: 'x'.repeat(70_000) };
  const outcome = await evaluate({ flagKey: 'new-checkout', context }, withKey(serverKey));
  expect(outcome).toMatchObject({
    error: {
      code: status.RESOURCE_EXHAUSTED,
      reason: 'LIMIT_EXCEEDED',
      violations: [{ reason: 'max_bytes' }],
    },
  });
  const overHttp = await fixture.post('/flags.v1.FlagService/EvaluateAll', { context }, serverKey);
  expect(overHttp.status).toBe(429);
});

it.each([
  ['none', new Metadata()],
  ['garbage', withKey('garbage')],
  ['unknown', withKey('flags_s_k99_nobodyknowsthis')],
])('refuses a call with a key that is %s', async (_name, metadata) => {
  const outcome = await evaluate({ flagKey: 'new-checkout' }, metadata);
  expect(outcome).toMatchObject({ error: { code: status.UNAUTHENTICATED, reason: 'UNAUTHENTICATED' } });
});

it('commits for an editor and refuses an SDK key', async () => {
  expect(await commit('shop/dev', 'fresh', withKey(editorKey))).toHaveProperty('response.revision.revision');
  expect(await evaluate({ flagKey: 'fresh' }, withKey(serverKey))).toMatchObject({ response: { value: 1 } });
  expect(await commit('shop/dev', 'fresh', withKey(serverKey))).toMatchObject({
    error: { code: status.PERMISSION_DENIED },
  });
});

it('answers alike about an environment that is not the caller’s and one that does not exist', async () => {
  const [foreign, missing] = await Promise.all([
    commit('shop/prod', 'x', withKey(editorKey)),
    commit('shop/nope', 'x', withKey(editorKey)),
  ]);
  expect(foreign).toMatchObject({ error: { code: status.PERMISSION_DENIED } });
  expect({ ...('error' in foreign && foreign.error), requestId: '' }).toEqual({
    ...('error' in missing && missing.error),
    requestId: '',
  });
});

it('answers a defect with its request id only, and logs it once', async () => {
  fixture.application.defect = new Error('the secret inside');
  const metadata = withKey(editorKey);
  metadata.set('x-request-id', 'request-7');
  const outcome = await commit('shop/dev', 'fresh', metadata);
  expect(outcome).toMatchObject({ error: { code: status.INTERNAL, metadata: { requestId: 'request-7' } } });
  expect(JSON.stringify(outcome)).not.toContain('the secret inside');
  expect(fixture.log.filter((line) => line.includes('request-7'))).toHaveLength(1);
});

it('passes a conflict on with its metadata', async () => {
  fixture.application.fault = {
    code: 'REVISION_CONFLICT',
    message: 'Moved on.',
    metadata: { currentRevision: '12' },
  };
  const outcome = await commit('shop/dev', 'fresh', withKey(editorKey));
  fixture.application.fault = undefined;
  expect(outcome).toMatchObject({
    error: { code: status.ABORTED, reason: 'REVISION_CONFLICT', metadata: { currentRevision: '12' } },
  });
});

it('refuses bytes that are no message, and messages above a mebibyte', async () => {
  const call = (bytes: Buffer): Promise<number> =>
    new Promise((resolve) =>
      fixture.flags.makeUnaryRequest(
        '/flags.v1.FlagService/Evaluate',
        (value: Buffer) => value,
        (value: Buffer) => value,
        bytes,
        withKey(serverKey),
        (error) => resolve(error?.code ?? status.OK),
      ),
    );
  expect(await call(Buffer.from([0x0a, 0xff, 0xff]))).toBe(status.INVALID_ARGUMENT);
  expect(await call(Buffer.alloc(1024 * 1024 + 1))).toBe(status.RESOURCE_EXHAUSTED);
});

it('evaluates over a stream in order, with the ids of the requests', async () => {
  const stream = fixture.flags.evaluateStream(withKey(serverKey));
  const answers: unknown[] = [];
  stream.on('data', ({ id, response }) =>
    answers.push([id, response.flagKey, response.value ?? response.errorCode]),
  );
  const ended = new Promise((resolve) => stream.on('end', resolve));
  stream.write({
    id: 7,
    request: { environment: '', flagKey: 'new-checkout', context: { targetingKey: 'u' } },
  });
  stream.write({
    id: 4_000_000_000,
    request: { environment: 'shop/dev', flagKey: 'nobody-knows', context: {} },
  });
  stream.write({
    id: 0,
    request: { environment: fixture.environmentId, flagKey: 'hidden', context: undefined },
  });
  stream.end();
  await ended;
  expect(answers).toEqual([
    [7, 'new-checkout', true],
    [4_000_000_000, 'nobody-knows', 'FLAG_NOT_FOUND'],
    [0, 'hidden', 'x'],
  ]);
});

it('answers what is wrong with a streamed request, and goes on', async () => {
  const stream = fixture.flags.evaluateStream(withKey(serverKey));
  const answers: string[] = [];
  stream.on('data', ({ response }) => answers.push(`${response.errorCode}: ${response.errorMessage}`));
  const ended = new Promise((resolve) => stream.on('end', resolve));
  stream.write({ id: 1, request: { environment: '', flagKey: '', context: {} } });
  stream.write({ id: 2, request: { environment: '', flagKey: 'x'.repeat(1_000), context: {} } });
  stream.write({ id: 3, request: { environment: '', flagKey: 'hidden', context: { targetingKey: true } } });
  stream.end();
  await ended;
  expect(answers).toEqual([
    'GENERAL: flag_key must be set.',
    expect.stringMatching(/^GENERAL: flag_key .*characters/),
    expect.stringMatching(/^INVALID_CONTEXT: context.targetingKey: /),
  ]);
});

it('ends an evaluation stream that asks for another environment', async () => {
  const stream = fixture.flags.evaluateStream(withKey(serverKey));
  const failed = new Promise<{ code: number }>((resolve) => stream.on('error', resolve as never));
  stream.on('data', () => undefined);
  stream.write({ id: 1, request: { environment: 'shop/prod', flagKey: 'new-checkout', context: {} } });
  expect((await failed).code).toBe(status.PERMISSION_DENIED);
});
