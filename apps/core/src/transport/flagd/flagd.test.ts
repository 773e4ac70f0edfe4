// flagd's services over the application in memory: every type, version, code and place for the key; both streams.
import { credentials, Metadata } from '@grpc/grpc-js';
import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import type { JsonValue } from '@org/contract';
import { ServiceClient as V1 } from '@org/contract/gen/flagd/evaluation/v1/evaluation';
import { ServiceClient as V2 } from '@org/contract/gen/flagd/evaluation/v2/evaluation';
import { ServiceClient as Legacy } from '@org/contract/gen/flagd/schema/v1/schema';
import { FlagSyncServiceClient } from '@org/contract/gen/flagd/sync/v1/sync';
import type { SyncFlagsResponse } from '@org/contract/gen/flagd/sync/v1/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFixture, until, withKey } from '../../testing/transport-fixture.ts';
import type { Fixture } from '../../testing/transport-fixture.ts';

let fixture: Fixture;
let serverKey: string;
let clientKey: string;
let v1: V1;
let v2: V2;
let legacy: Legacy;
let sync: FlagSyncServiceClient;
const context = { targetingKey: 'u-1' };

beforeEach(async () => {
  fixture = await startFixture();
  serverKey = (await fixture.sdkKey(fixture.environmentId, 'KEY_KIND_SERVER')).secret;
  clientKey = (await fixture.sdkKey(fixture.environmentId, 'KEY_KIND_CLIENT')).secret;
  const channel = [fixture.grpcAddress, credentials.createInsecure()] as const;
  v1 = new V1(...channel);
  v2 = new V2(...channel);
  legacy = new Legacy(...channel);
  sync = new FlagSyncServiceClient(...channel);
});
afterEach(async () => {
  for (const client of [v1, v2, legacy, sync]) client.close();
  await fixture.close();
});

const replica = () => fixture.application.replica(fixture.environmentId);

type Unary = (
  request: never,
  metadata: Metadata,
  done: (error: ServiceError | null, answer: unknown) => void,
) => unknown;

/** The answer, or the code and message of the failure. */
function ask(
  client: object,
  method: string,
  request: object,
  metadata = withKey(serverKey),
): Promise<unknown> {
  const call = (client as Record<string, Unary>)[method]!.bind(client);
  return new Promise((resolve) => {
    call(request as never, metadata, (error, answer) =>
      resolve(error === null ? answer : { code: error.code, details: error.details }),
    );
  });
}

const values: readonly (readonly [string, JsonValue])[] = [
  ['Boolean', false],
  ['String', ''],
  ['Float', 0.5],
  ['Int', 0],
  ['Object', { a: [1, null] }],
];

describe('one flag', () => {
  it.each(values)('of type %s, in every version', async (type, value) => {
    replica().change({ f: { value } });
    for (const client of [v1, v2, legacy]) {
      const answer = await ask(client, `resolve${type}`, { flagKey: 'f', context });
      expect(answer).toEqual({
        value,
        reason: 'STATIC',
        variant: 'on',
        metadata: { rule: 'default', revision: 2 },
      });
    }
  });

  it('is not of another type; an integer loses no fraction', async () => {
    replica().change({ text: { value: 'x' }, half: { value: 0.5 }, list: { value: [1] } });
    for (const [type, flagKey] of [
      ['Boolean', 'text'],
      ['String', 'half'],
      ['Int', 'half'],
      ['Float', 'text'],
      ['Object', 'list'],
      ['Object', 'text'],
    ])
      expect(await ask(v2, `resolve${type}`, { flagKey, context })).toMatchObject({ code: 3 });
  });

  it.each([
    ['FLAG_NOT_FOUND', 5],
    ['PARSE_ERROR', 15],
    ['TARGETING_KEY_MISSING', 9],
    ['GENERAL', 9],
  ] as const)('that answers %s fails with code %i', async (errorCode, code) => {
    replica().change({
      f: { answer: { value: undefined, reason: 'ERROR', errorCode, errorMessage: 'why' } },
    });
    for (const client of [v1, v2]) {
      const answer = await ask(client, 'resolveBoolean', { flagKey: 'f', context });
      expect(answer).toMatchObject({ code, details: expect.stringContaining(errorCode) });
    }
  });

  it('leaves the value to the code: absent in version 2, not found before', async () => {
    replica().change({ off: { answer: { value: undefined, variant: '', reason: 'DISABLED', rule: 'off' } } });
    const asked = { flagKey: 'off', context };
    const answer = await ask(v2, 'resolveBoolean', asked);
    expect(answer).toEqual({
      value: undefined,
      variant: undefined,
      reason: 'DISABLED',
      metadata: { rule: 'off', revision: 2 },
    });
    for (const client of [v1, legacy])
      expect(await ask(client, 'resolveString', asked)).toMatchObject({ code: 5 });
  });

  it('is not there for a client key that must not see it, nor with a context beyond the limits', async () => {
    expect(await ask(v2, 'resolveString', { flagKey: 'hidden', context }, withKey(clientKey))).toMatchObject({
      code: 5,
    });
    const many = Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`a${index}`, 1]));
    expect(await ask(v2, 'resolveString', { flagKey: 'hidden', context: many })).toMatchObject({ code: 9 });
    const large = { text: 'x'.repeat(70_000) };
    expect(await ask(v2, 'resolveString', { flagKey: 'hidden', context: large })).toMatchObject({ code: 8 });
  });

  it('is noted as an exposure; all flags at once are not', async () => {
    replica().change({ f: { value: true, answer: { reason: 'SPLIT' } } });
    await ask(v1, 'resolveAll', { context });
    await ask(v2, 'resolveBoolean', { flagKey: 'f', context });
    await ask(v2, 'resolveString', { flagKey: 'f', context });
    await fixture.transports.close(0);
    expect(fixture.application.recorded.flatMap(({ request }) => request.events)).toHaveLength(1);
  });
});

it('answers all flags, without those that leave their value to the code', async () => {
  replica().change({
    off: { answer: { value: undefined, reason: 'DISABLED' } },
    number: { value: 2 },
    object: { value: { a: 1 } },
  });
  const { flags } = (await ask(v1, 'resolveAll', { context })) as {
    flags: Record<string, { value: unknown }>;
  };
  expect(Object.entries(flags).map(([key, { value }]) => [key, value])).toEqual([
    ['new-checkout', { $case: 'boolValue', value: true }],
    ['hidden', { $case: 'stringValue', value: 'x' }],
    ['number', { $case: 'doubleValue', value: 2 }],
    ['object', { $case: 'objectValue', value: { a: 1 } }],
  ]);
  const client = (await ask(legacy, 'resolveAll', { context }, withKey(clientKey))) as { flags: object };
  expect(Object.keys(client.flags)).toEqual(['new-checkout']);
});

describe('the key', () => {
  const empty = (): Metadata => new Metadata();
  const selector = (key: string): Metadata => {
    const metadata = empty();
    metadata.set('flagd-selector', key);
    return metadata;
  };

  it('stands in metadata of ours or of flagd', async () => {
    const asked = { flagKey: 'new-checkout', context };
    for (const metadata of [withKey(serverKey), withKey(serverKey, 'x-api-key'), selector(serverKey)])
      expect(await ask(v2, 'resolveBoolean', asked, metadata)).toMatchObject({ value: true });
    for (const metadata of [
      empty(),
      selector('flagSetId=shop'),
      withKey('garbage'),
      selector('flags_s_un_known'),
    ])
      expect(await ask(v2, 'resolveBoolean', asked, metadata)).toMatchObject({ code: 16 });
  });

  it('stands in the message of a sync, where providers can put nothing else', async () => {
    const definition = { flagConfiguration: expect.stringContaining('"flags"') };
    for (const request of [
      { selector: serverKey, providerId: '' },
      { selector: 'source=x', providerId: serverKey },
    ])
      expect(await ask(sync, 'fetchAllFlags', request, empty())).toEqual(definition);
    for (const request of [
      { selector: '', providerId: '' },
      { selector: clientKey.slice(0, -1), providerId: 'x' },
    ])
      expect(await ask(sync, 'fetchAllFlags', request, empty())).toMatchObject({ code: 16 });
    expect(
      await ask(sync, 'fetchAllFlags', { selector: 'x'.repeat(5_000), providerId: '' }, empty()),
    ).toMatchObject({ code: 16 });
    expect(await ask(sync, 'fetchAllFlags', { selector: clientKey, providerId: '' }, empty())).toMatchObject({
      code: 7,
    });
  });

  it('may be missing where a deprecated method is asked for first, which then is not there', async () => {
    expect(await ask(sync, 'getMetadata', {}, empty())).toMatchObject({ code: 12 });
    expect(await ask(sync, 'getMetadata', {}, withKey('garbage'))).toMatchObject({ code: 16 });
  });

  it('of a person goes with the name of the environment', async () => {
    const { secret } = await fixture.principalKey([{ scope: 'shop/dev', role: 'ROLE_VIEWER' }]);
    const named = withKey(secret);
    named.set('flags-environment', 'shop/dev');
    expect(await ask(v2, 'resolveBoolean', { flagKey: 'new-checkout', context }, named)).toMatchObject({
      value: true,
    });
    named.set('flags-environment', 'shop/prod');
    expect(await ask(v2, 'resolveBoolean', { flagKey: 'new-checkout', context }, named)).toMatchObject({
      code: 7,
    });
    expect(await ask(sync, 'getMetadata', {})).toEqual({ metadata: { flagSetId: fixture.environmentId } });
  });

  it('is not needed at an address of its own that has one', async () => {
    // Keys of fixtures are numbered, so the first one of another fixture is known before it is made.
    const own = await startFixture({ settings: { flagd: { address: '127.0.0.1:0', key: serverKey } } });
    const client = new V2(`127.0.0.1:${own.transports.flagd!.port}`, credentials.createInsecure());
    const asked = { flagKey: 'new-checkout', context };
    expect(await ask(client, 'resolveBoolean', asked, empty())).toMatchObject({ code: 16 });
    expect((await own.sdkKey(own.environmentId, 'KEY_KIND_SERVER')).secret).toBe(serverKey);
    expect(await ask(client, 'resolveBoolean', asked, empty())).toMatchObject({ value: true });
    expect(await ask(client, 'resolveBoolean', asked, withKey('garbage'))).toMatchObject({ code: 16 });
    client.close();
    await own.close();
  });
});

describe('the streams', () => {
  function listen<T>(stream: ClientReadableStream<T>): { messages: T[]; error(): ServiceError | undefined } {
    const messages: T[] = [];
    let error: ServiceError | undefined;
    stream.on('data', (message: T) => messages.push(message));
    stream.on('error', (failed: ServiceError) => (error = failed));
    return { messages, error: () => error };
  }

  it('tells that it is ready, and what changed', async () => {
    for (const client of [v1, v2, legacy]) {
      const { messages } = listen(
        client.eventStream({}, withKey(serverKey)) as ClientReadableStream<{ type: string; data: unknown }>,
      );
      await until(() => messages.length === 1);
      replica().change({ hidden: { value: 'y' } });
      await until(() => messages.length === 2);
      replica().change({ hidden: undefined });
      replica().change({ other: { value: 1 } });
      await until(() => messages.length === 3);
      for (let beat = 0; beat < 4; beat++) replica().beat();
      await until(() => messages.length === 4);
      const change = (flagKey: string, type: string) => ({
        [flagKey]: { type, flagKey, source: fixture.environmentId },
      });
      expect(messages).toEqual([
        { type: 'provider_ready', data: undefined },
        { type: 'configuration_change', data: { flags: change('hidden', 'update') } },
        {
          type: 'configuration_change',
          data: { flags: { ...change('hidden', 'delete'), ...change('other', 'update') } },
        },
        { type: 'keep_alive', data: undefined },
      ]);
      replica().change({ other: undefined });
    }
  });

  it('tells a client key only of flags it may see', async () => {
    const { messages } = listen(v1.eventStream({}, withKey(clientKey)));
    await until(() => messages.length === 1);
    replica().change({ hidden: { value: 'y' } });
    replica().change({ 'new-checkout': { value: false, clientVisible: true } });
    await until(() => messages.length === 2);
    expect(Object.keys((messages[1]!.data as { flags: object }).flags)).toEqual(['new-checkout']);
  });

  it('sends the whole definition, and again when it differs', async () => {
    const flag = (value: boolean) => ({
      type: 'boolean',
      enabled: true,
      variants: { a: value },
      default: { variant: 'a' },
    });
    replica().change({ hidden: undefined, 'new-checkout': flag(true) as never });
    const { messages } = listen<SyncFlagsResponse>(
      sync.syncFlags({ selector: serverKey, providerId: '' }, new Metadata()),
    );
    await until(() => messages.length === 1);
    replica().change({ other: flag(true) as never });
    await until(() => messages.length === 2);
    const sets = messages.map(
      ({ flagConfiguration }) => JSON.parse(flagConfiguration) as { flags: object; metadata: object },
    );
    expect(sets.map(({ flags }) => Object.keys(flags))).toEqual([
      ['new-checkout'],
      ['new-checkout', 'other'],
    ]);
    expect(sets[0]!.metadata).toEqual({ flagSetId: fixture.environmentId });
  });

  it('end with their key, and with the server', async () => {
    const created = await fixture.sdkKey(fixture.environmentId, 'KEY_KIND_SERVER');
    const revoked = listen(sync.syncFlags({ selector: created.secret, providerId: '' }, new Metadata()));
    const events = listen(v2.eventStream({}, withKey(serverKey)));
    await until(() => revoked.messages.length === 1 && events.messages.length === 1);
    await fixture.application.access.revokeKey(
      { keyId: 'test', keyKind: 'KEY_KIND_PRINCIPAL' },
      fixture.environmentId,
      created.id,
    );
    await until(() => revoked.error() !== undefined);
    expect([revoked.error()?.code, events.error()]).toEqual([16, undefined]);
    const closing = fixture.transports.close(10_000);
    await until(() => events.error() !== undefined);
    expect(events.error()?.code).toBe(14);
    await closing;
  });

  it('count as streams of their key', async () => {
    const few = await startFixture({ environment: { FLAGS_STREAMS_PER_KEY_MAX: '1' } });
    const { secret } = await few.sdkKey(few.environmentId, 'KEY_KIND_SERVER');
    const client = new FlagSyncServiceClient(few.grpcAddress, credentials.createInsecure());
    const first = listen(client.syncFlags({ selector: secret, providerId: '' }, new Metadata()));
    await until(() => first.messages.length === 1);
    const second = listen(client.syncFlags({ selector: secret, providerId: '' }, new Metadata()));
    await until(() => second.error() !== undefined);
    expect(second.error()?.code).toBe(8);
    client.close();
    await few.close();
  });
});
