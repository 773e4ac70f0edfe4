// flagd's services on the HTTP port: unary calls by Connect's protocol, and EventStream in its envelopes.
import type { JsonValue } from '@org/contract';
import {
  EventStreamResponse,
  ResolveBooleanRequest,
  ResolveBooleanResponse,
} from '@org/contract/gen/flagd/evaluation/v2/evaluation';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFixture } from '../../testing/transport-fixture.ts';
import type { Fixture } from '../../testing/transport-fixture.ts';

let fixture: Fixture;
let serverKey: string;
let clientKey: string;
const context = { targetingKey: 'u-1' };

beforeEach(async () => {
  fixture = await startFixture();
  serverKey = (await fixture.sdkKey(fixture.environmentId, 'KEY_KIND_SERVER')).secret;
  clientKey = (await fixture.sdkKey(fixture.environmentId, 'KEY_KIND_CLIENT')).secret;
});
afterEach(() => fixture.close());

const replica = () => fixture.application.replica(fixture.environmentId);

const values: readonly (readonly [string, JsonValue])[] = [
  ['Boolean', false],
  ['String', ''],
  ['Float', 0.5],
  ['Int', 0],
  ['Object', { a: [1, null] }],
];

describe('over HTTP', () => {
  it.each(values)('answers a flag of type %s with nothing left out', async (type, value) => {
    replica().change({ f: { value } });
    for (const service of ['flagd.evaluation.v1', 'flagd.evaluation.v2', 'schema.v1']) {
      const response = await fixture.post(
        `/${service}.Service/Resolve${type}`,
        { flagKey: 'f', context },
        serverKey,
      );
      const wanted = {
        value: type === 'Int' ? `${value as number}` : value,
        reason: 'STATIC',
        variant: 'on',
      };
      expect([response.status, await response.json()]).toEqual([
        200,
        { ...wanted, metadata: { rule: 'default', revision: 2 } },
      ]);
    }
  });

  it('answers all flags, and failures as Connect errors', async () => {
    const all = await fixture.post('/flagd.evaluation.v1.Service/ResolveAll', { context }, clientKey, {
      origin: 'https://shop.example',
    });
    expect(all.headers.get('access-control-allow-origin')).toBe('https://shop.example');
    expect(await all.json()).toEqual({
      flags: {
        'new-checkout': {
          boolValue: true,
          reason: 'STATIC',
          variant: 'on',
          metadata: { rule: 'default', revision: 1 },
        },
      },
      metadata: { flagSetId: fixture.environmentId },
    });
    const unknown = await fixture.post('/schema.v1.Service/ResolveBoolean', { flag_key: 'x' }, serverKey);
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { code: 'not_found' }]);
    expect((await fixture.post('/flagd.sync.v1.FlagSyncService/FetchAllFlags', {}, serverKey)).status).toBe(
      404,
    );
  });

  it('streams events in envelopes', async () => {
    const response = await fixture.post(
      '/flagd.evaluation.v1.Service/EventStream',
      new Uint8Array([0, 0, 0, 0, 2, 123, 125]),
      clientKey,
      {
        'content-type': 'application/connect+json',
      },
    );
    expect(response.headers.get('content-type')).toBe('application/connect+json');
    const reader = response.body!.getReader();
    const ready = Buffer.from((await reader.read()).value);
    expect([ready[0], ready.readUInt32BE(1), JSON.parse(ready.subarray(5).toString())]).toEqual([
      0,
      ready.length - 5,
      { type: 'provider_ready' },
    ]);
    replica().change({ 'new-checkout': { value: false, clientVisible: true } });
    const change = Buffer.from((await reader.read()).value);
    expect(JSON.parse(change.subarray(5).toString())).toMatchObject({ type: 'configuration_change' });
    const closing = fixture.transports.close(10_000);
    const end = Buffer.from((await reader.read()).value);
    expect([end[0], JSON.parse(end.subarray(5).toString())]).toMatchObject([
      2,
      { error: { code: 'unavailable' } },
    ]);
    await closing;
  });

  const resolveBoolean = '/flagd.evaluation.v2.Service/ResolveBoolean';
  const asked = ResolveBooleanRequest.encode({ flagKey: 'new-checkout', context }).finish();
  const binary = { 'content-type': 'application/proto' };

  it('takes and answers protobuf, with failures in JSON', async () => {
    const response = await fixture.post(resolveBoolean, asked, serverKey, binary);
    expect(response.headers.get('content-type')).toBe('application/proto');
    const answer = ResolveBooleanResponse.decode(new Uint8Array(await response.arrayBuffer()));
    expect(answer).toMatchObject({ value: true, variant: 'on', reason: 'STATIC' });
    const garbage = await fixture.post(resolveBoolean, new Uint8Array([255]), serverKey, binary);
    expect([garbage.status, await garbage.json()]).toMatchObject([400, { code: 'invalid_argument' }]);
    expect((await fixture.post(resolveBoolean, asked, undefined, binary)).status).toBe(401);
    const selector = { ...binary, 'flagd-selector': serverKey };
    expect((await fixture.post(resolveBoolean, asked, undefined, selector)).status).toBe(200);
    const large = await fixture.post(resolveBoolean, new Uint8Array(70_000), serverKey, binary);
    expect(large.status).toBe(429);
    expect((await fixture.post('/flags.v1.FlagService/Evaluate', asked, serverKey, binary)).status).toBe(415);
  });

  it('streams protobuf events, too', async () => {
    const type = 'application/connect+proto';
    const path = '/flagd.evaluation.v2.Service/EventStream';
    const response = await fixture.post(path, new Uint8Array(5), serverKey, { 'content-type': type });
    expect(response.headers.get('content-type')).toBe(type);
    const reader = response.body!.getReader();
    const ready = (await reader.read()).value as Uint8Array;
    expect(EventStreamResponse.decode(ready.subarray(5))).toMatchObject({ type: 'provider_ready' });
    await reader.cancel();
  });

  it('shares the port of its own listener with gRPC, and serves nothing else there', async () => {
    const own = await startFixture({ settings: { flagd: { address: '127.0.0.1:0', key: serverKey } } });
    await own.sdkKey(own.environmentId, 'KEY_KIND_SERVER');
    const post = (path: string, key?: string): Promise<Response> =>
      fetch(`http://127.0.0.1:${own.transports.flagd!.port}${path}`, {
        method: 'POST',
        body: JSON.stringify({ flagKey: 'new-checkout' }),
        headers: { 'content-type': 'application/json', ...(key !== undefined && { 'x-api-key': key }) },
      });
    expect(await (await post(resolveBoolean)).json()).toMatchObject({ value: true });
    expect((await post(resolveBoolean, 'garbage')).status).toBe(401);
    for (const path of ['/flags.v1.FlagService/Evaluate', '/ofrep/v1/evaluate/flags', '/metrics', '/healthz'])
      expect([path, (await post(path)).status]).toEqual([path, 404]);
    await own.close();
  });
});
