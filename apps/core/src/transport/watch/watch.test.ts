// Watching over both transports: what a client is sent at first and then, and every way in which a stream ends.
import { Metadata, status } from '@grpc/grpc-js';
import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WatchResponse } from '@org/contract/gen/flags/v1/sync_service';
import type { WatchRequest } from '@org/contract/gen/flags/v1/sync_service';
import { describe as describeError } from '../../testing/call-unary.ts';
import { createManualRuntime } from '../../testing/manual-runtime.ts';
import type { ManualRuntime } from '../../testing/manual-runtime.ts';
import { startFixture, until, withKey } from '../../testing/transport-fixture.ts';
import type { Fixture } from '../../testing/transport-fixture.ts';

let fixture: Fixture;
let runtime: ManualRuntime;

beforeEach(async () => {
  runtime = createManualRuntime();
  fixture = await startFixture({ runtime });
});
afterEach(() => fixture.close());

/** What a watching client saw, in short: "snapshot 1", "delta 2", "heartbeat 2", and how it ended. */
interface Watched {
  readonly seen: string[];
  end(): Promise<unknown>;
  stop(): void;
}

type Open = (key: string, request?: Partial<WatchRequest>) => Promise<Watched>;

const openGrpc: Open = async (key, request = {}) => {
  const seen: string[] = [];
  const stream = fixture.sync.watch(watchRequest(request), key === '' ? new Metadata() : withKey(key));
  stream.on('data', (message: WatchResponse) => void seen.push(shorten(message)));
  const ended = endOf(stream);
  return { seen, end: () => ended, stop: () => stream.cancel() };
};

const openHttp: Open = async (key, request = {}) => {
  const seen: string[] = [];
  const controller = new AbortController();
  const headers = {
    'content-type': 'application/json',
    ...(key !== '' && { authorization: `Bearer ${key}` }),
  };
  const body = JSON.stringify(watchRequestJson(request));
  const response = await fetch(`${fixture.httpUrl}/v1/watch`, {
    method: 'POST',
    body,
    headers,
    signal: controller.signal,
  });
  const ended = readLines(response, seen).catch(() => 'cut');
  return { seen, end: () => ended, stop: () => controller.abort() };
};

describe.each([
  ['gRPC', openGrpc],
  ['HTTP', openHttp],
])('over %s', (transport, open) => {
  const replica = () => fixture.application.replica(fixture.environmentId);
  const key = async (kind: 'KEY_KIND_SERVER' | 'KEY_KIND_CLIENT' = 'KEY_KIND_SERVER', expiresAtMs?: number) =>
    fixture.sdkKey(fixture.environmentId, kind, expiresAtMs);

  it('sends a snapshot to who has nothing, then what happens', async () => {
    const watched = await open((await key()).secret);
    await until(() => watched.seen.length === 2);
    replica().change({ more: { value: 1 } });
    replica().beat();
    await until(() => watched.seen.length === 4);
    expect(watched.seen).toEqual(['snapshot 1 of 2', 'heartbeat 1', 'delta 2', 'heartbeat 2']);
    watched.stop();
  });

  it('sends a client key the client view', async () => {
    const watched = await open((await key('KEY_KIND_CLIENT')).secret);
    await until(() => watched.seen.length === 2);
    expect(watched.seen).toEqual(['snapshot 1 of 1', 'heartbeat 1']);
    watched.stop();
  });

  it.each([
    ['the deltas that are missing', { revision: 1 }, ['delta 2', 'delta 3', 'heartbeat 3']],
    ['nothing but a heartbeat at the head', { revision: 3, hash: 'history-1-3' }, ['heartbeat 3']],
    ['nothing but a heartbeat to who is ahead', { revision: 9 }, ['heartbeat 3']],
    ['a snapshot for another hash', { revision: 3, hash: 'other' }, ['snapshot 3 of 4', 'heartbeat 3']],
    [
      'a snapshot for another history',
      { historyId: 'other', revision: 2 },
      ['snapshot 3 of 4', 'heartbeat 3'],
    ],
  ])('sends %s', async (_name, has, expected) => {
    replica().change({ two: { value: 2 } });
    replica().change({ three: { value: 3 } });
    const watched = await open((await key()).secret, { historyId: 'history-1', ...has });
    await until(() => watched.seen.length >= expected.length);
    expect(watched.seen).toEqual(expected);
    watched.stop();
  });

  it('sends a snapshot when the history is replaced', async () => {
    const watched = await open((await key()).secret);
    await until(() => watched.seen.length === 2);
    replica().restore('history-2');
    await until(() => watched.seen.length === 3);
    expect(watched.seen.at(-1)).toBe('snapshot 1 of 2');
    watched.stop();
  });

  it('ends when the key is revoked', async () => {
    const { id, secret } = await key();
    const watched = await open(secret);
    await until(() => watched.seen.length === 2);
    await fixture.application.access.revokeKey({ keyId: 't', keyKind: 'KEY_KIND_PRINCIPAL' }, undefined, id);
    expect(await watched.end()).toBe('UNAUTHENTICATED');
    await until(() => replica().listeners === 0);
  });

  it('ends when the key expires', async () => {
    const watched = await open((await key('KEY_KIND_SERVER', runtime.now() + 60_000)).secret);
    await until(() => watched.seen.length === 2);
    runtime.advance(60_000);
    expect(await watched.end()).toBe('UNAUTHENTICATED');
  });

  it('ends within one refresh when nobody told of the revocation', async () => {
    const { id, secret } = await key();
    const watched = await open(secret);
    await until(() => watched.seen.length === 2);
    fixture.application.access.expire(id, runtime.now());
    runtime.advance(10_000);
    expect(await watched.end()).toBe('UNAUTHENTICATED');
  });

  it('ends when the principal loses its role', async () => {
    const { secret, principalId } = await fixture.principalKey([{ scope: 'shop/dev', role: 'ROLE_VIEWER' }]);
    const watched = await open(secret, { environment: 'shop/dev' });
    await until(() => watched.seen.length === 2);
    const actor = { keyId: 't', keyKind: 'KEY_KIND_PRINCIPAL' } as const;
    await fixture.application.access.updatePrincipal(actor, principalId, { roles: [], disabled: false });
    runtime.advance(10_000);
    expect(await watched.end()).toBe('PERMISSION_DENIED');
  });

  it('goes on while the store does not answer', async () => {
    const watched = await open((await key()).secret);
    await until(() => watched.seen.length === 2);
    fixture.application.access.outage = { code: 'STORE_UNAVAILABLE', message: 'Gone.' };
    runtime.advance(60_000);
    replica().change({ more: { value: 1 } });
    await until(() => watched.seen.includes('delta 2'));
    watched.stop();
  });

  it('stops listening to the replica when the client goes', async () => {
    const watched = await open((await key()).secret);
    await until(() => watched.seen.length === 2);
    watched.stop();
    await until(() => replica().listeners === 0);
  });

  it('is told of the shutdown', async () => {
    const watched = await open((await key()).secret);
    await until(() => watched.seen.length === 2);
    const closing = fixture.transports.close(10_000);
    expect(await watched.end()).toBe('SHUTTING_DOWN');
    if (transport === 'HTTP') watched.stop();
    await closing;
  });

  it('refuses a key it does not know, and an environment of another key', async () => {
    expect(await (await open('flags_s_k77_unknown')).end()).toBe('UNAUTHENTICATED');
    expect(await (await open((await key()).secret, { environment: 'shop/prod' })).end()).toBe(
      'PERMISSION_DENIED',
    );
  });
});

it('ends a gRPC client that does not read with RESOURCE_EXHAUSTED, and frees what it held', async () => {
  await fixture.close();
  fixture = await startFixture({ runtime, settings: { streamBacklogBytesMax: 100_000 } });
  const { secret } = await fixture.sdkKey(fixture.environmentId, 'KEY_KIND_SERVER');
  const stream = fixture.sync.watch(watchRequest({}), withKey(secret));
  const ended = new Promise<ServiceError>((resolve) => stream.on('error', resolve));
  await until(() => fixture.application.replica(fixture.environmentId).listeners === 1);
  const large = 'x'.repeat(50_000);
  // Nobody reads the stream, so windows and buffers between the two fill up first.
  while (fixture.application.replica(fixture.environmentId).listeners > 0) {
    fixture.application.replica(fixture.environmentId).change({ large: { value: large } });
    await new Promise((resolve) => setImmediate(resolve));
  }
  stream.on('data', () => undefined);
  expect((await ended).code).toBe(status.RESOURCE_EXHAUSTED);
  expect(await (await fetch(`${fixture.httpUrl}/metrics`)).text()).toContain('flags_stream_backlog_bytes 0');
});

it('refuses a stream beyond what a key may have open', async () => {
  await fixture.close();
  fixture = await startFixture({ runtime, settings: { streamsPerKeyMax: 1 } });
  const { secret } = await fixture.sdkKey(fixture.environmentId, 'KEY_KIND_SERVER');
  const first = await openGrpc(secret);
  await until(() => first.seen.length === 2);
  expect(await (await openGrpc(secret)).end()).toBe('LIMIT_EXCEEDED');
  expect(await (await openHttp(secret)).end()).toBe('LIMIT_EXCEEDED');
  first.stop();
  await until(() => fixture.application.replica(fixture.environmentId).listeners === 0);
  const next = await openHttp(secret);
  await until(() => next.seen.length === 2);
  next.stop();
});

function watchRequest(request: Partial<WatchRequest>): WatchRequest {
  return { environment: '', historyId: '', revision: 0, hash: '', instance: undefined, ...request };
}

function watchRequestJson(request: Partial<WatchRequest>): unknown {
  return { ...request };
}

function shorten({ message }: WatchResponse): string {
  if (message === undefined) return 'nothing';
  const { $case, value } = message;
  return $case === 'snapshot'
    ? `snapshot ${value.revision} of ${value.documents.length}`
    : `${$case} ${value.revision}`;
}

function endOf(stream: ClientReadableStream<WatchResponse>): Promise<unknown> {
  return new Promise((resolve) => {
    stream.on('error', (error: ServiceError) => resolve(describeError(error).reason ?? error.code));
    stream.on('end', () => resolve('end'));
  });
}

async function readLines(response: Response, seen: string[]): Promise<unknown> {
  let text = '';
  let reason: unknown = 'end';
  const reasonOf = (error: { details: { debug: { reason?: string } }[] }): unknown =>
    error.details[0]?.debug.reason;
  if (response.status !== 200) return reasonOf((await response.json()) as never);
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const lines = text.split('\n');
    text = lines.pop()!;
    for (const line of lines) {
      const json = JSON.parse(line) as { error?: never };
      if (json.error !== undefined) reason = reasonOf(json.error);
      else seen.push(shorten(WatchResponse.fromJSON(json)));
    }
  }
  return reason;
}
