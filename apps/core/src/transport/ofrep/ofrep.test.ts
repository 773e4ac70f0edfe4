// OFREP over the application in memory: every status and body of the protocol, the tag, the stream of changes.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFixture, until } from '../../testing/transport-fixture.ts';
import type { Fixture } from '../../testing/transport-fixture.ts';

let fixture: Fixture;
let serverKey: string;
let clientKey: string;
const one = '/ofrep/v1/evaluate/flags/new-checkout';
const all = '/ofrep/v1/evaluate/flags';
const body = { context: { targetingKey: 'u-1' } };
const origin = 'https://shop.example';

beforeEach(async () => {
  fixture = await startFixture();
  serverKey = (await fixture.sdkKey(fixture.environmentId, 'KEY_KIND_SERVER')).secret;
  clientKey = (await fixture.sdkKey(fixture.environmentId, 'KEY_KIND_CLIENT')).secret;
});
afterEach(() => fixture.close());

const replica = () => fixture.application.replica(fixture.environmentId);
const json = async (response: Promise<Response>): Promise<unknown> => {
  const { status } = await response;
  return { status, ...((await (await response).json()) as object) };
};

describe('one flag', () => {
  it('answers value, reason, variant and metadata', async () => {
    expect(await json(fixture.post(one, body, serverKey))).toEqual({
      status: 200,
      key: 'new-checkout',
      value: true,
      reason: 'STATIC',
      variant: 'on',
      metadata: { rule: 'default', revision: 1 },
    });
  });

  it('takes the key of X-API-Key too, and a key of a flag with a slash in it', async () => {
    replica().change({ 'a/b ä': { value: 1 } });
    const path = `${all}/${encodeURIComponent('a/b ä')}`;
    const answer = await json(fixture.post(path, body, undefined, { 'x-api-key': serverKey }));
    expect(answer).toMatchObject({ status: 200, key: 'a/b ä', value: 1 });
  });

  it('leaves the value out where the code default stands for it', async () => {
    replica().change({
      off: { answer: { value: undefined, variant: '', reason: 'DISABLED', rule: 'off' } },
    });
    expect(await json(fixture.post(`${all}/off`, body, serverKey))).toEqual({
      status: 200,
      key: 'off',
      reason: 'DISABLED',
      metadata: { rule: 'off', revision: 2 },
    });
  });

  it('does not call a flag static that a schedule waits to change', async () => {
    replica().scheduled = new Set(['new-checkout']);
    expect(await json(fixture.post(one, body, serverKey))).toMatchObject({ reason: 'DEFAULT' });
  });

  it.each([
    ['TARGETING_KEY_MISSING', 400],
    ['PARSE_ERROR', 400],
    ['GENERAL', 400],
    ['FLAG_NOT_FOUND', 404],
  ] as const)('answers %s with %i', async (errorCode, status) => {
    replica().change({
      f: { answer: { value: undefined, reason: 'ERROR', errorCode, errorMessage: 'why' } },
    });
    const answer = await json(fixture.post(`${all}/f`, body, serverKey));
    expect(answer).toEqual({ status, key: 'f', errorCode, errorDetails: 'why' });
  });

  it('knows no flag that a client key must not see, and no key longer than keys are', async () => {
    for (const [key, flag] of [
      [clientKey, 'hidden'],
      [serverKey, 'x'.repeat(257)],
      [serverKey, 'nothing'],
    ] as const) {
      const answer = await json(fixture.post(`${all}/${flag}`, body, key));
      expect(answer).toMatchObject({ status: 404, key: flag, errorCode: 'FLAG_NOT_FOUND' });
    }
  });

  it.each([
    ['no JSON', '{', 'PARSE_ERROR'],
    ['a member twice', '{"context":{},"context":{}}', 'PARSE_ERROR'],
    ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'PARSE_ERROR'],
    ['a list', '[]', 'INVALID_CONTEXT'],
    ['no context', '{}', 'INVALID_CONTEXT'],
    ['null for a context', '{"context":null}', 'INVALID_CONTEXT'],
    ['a list for a context', '{"context":[]}', 'INVALID_CONTEXT'],
    ['a text for a context', '{"context":"u-1"}', 'INVALID_CONTEXT'],
    ['a number out of range', '{"context":{"n":1e999}}', 'INVALID_CONTEXT'],
    ['a lone surrogate', '{"context":{"t":"\\ud800"}}', 'INVALID_CONTEXT'],
    ['a targeting key that is none', '{"context":{"targetingKey":true}}', 'INVALID_CONTEXT'],
    ['a kind that is none', '{"context":{"kind":"multi","user":"u-1"}}', 'INVALID_CONTEXT'],
    ['a kind twice', '{"context":{"kind":"multi","user":{},"user":{}}}', 'PARSE_ERROR'],
    ['a large context', `{"context":{"t":"${'x'.repeat(70_000)}"}}`, 'INVALID_CONTEXT'],
    [
      '201 attributes',
      JSON.stringify({ context: { ...Array.from({ length: 201 }, () => 1) } }),
      'INVALID_CONTEXT',
    ],
  ])('refuses %s with 400', async (_name, sent, errorCode) => {
    const answer = await json(fixture.post(one, sent, serverKey));
    expect(answer).toMatchObject({ status: 400, key: 'new-checkout', errorCode });
    const many = await json(fixture.post(all, sent, serverKey));
    expect(many).toMatchObject({ status: 400, errorCode });
  });

  it('answers 401, 403, 405, 413 and 415 in its own form', async () => {
    const { secret } = await fixture.principalKey([]);
    const refused = [
      [401, fixture.post(one, body)],
      [401, fixture.post(one, body, 'flags_s_unknown_key')],
      [403, fixture.post(one, body, clientKey, { origin: 'https://evil.example' })],
      [403, fixture.post(one, body, secret, { 'flags-environment': 'shop/dev' })],
      [405, fetch(`${fixture.httpUrl}${one}`)],
      [413, fixture.post(one, 'x'.repeat(1_100_000), serverKey)],
      [415, fixture.post(one, body, serverKey, { 'content-type': 'text/plain' })],
    ] as const;
    for (const [status, response] of refused) {
      const answer = await json(response);
      if (status === 405) expect(answer).toMatchObject({ status });
      else
        expect(answer).toEqual({
          status,
          key: 'new-checkout',
          errorCode: 'GENERAL',
          errorDetails: expect.any(String),
        });
    }
  });

  it('serves a person who names the environment, and records nothing for one', async () => {
    replica().change({ split: { value: 1, answer: { reason: 'SPLIT' } } });
    const { secret } = await fixture.principalKey([{ scope: 'shop/dev', role: 'ROLE_VIEWER' }]);
    const named = { 'flags-environment': 'shop/dev' };
    expect(await json(fixture.post(`${all}/split`, body, secret, named))).toMatchObject({
      status: 200,
      reason: 'SPLIT',
    });
    expect(await json(fixture.post(`${all}/split`, body, secret))).toMatchObject({ status: 400 });
    await fixture.transports.close(0);
    expect(fixture.application.recorded).toEqual([]);
  });
});

it('answers 429 with Retry-After when there is too much to do', async () => {
  const busy = await startFixture({ environment: { FLAGS_CALLS_MAX: '1' } });
  const { secret } = await busy.sdkKey(busy.environmentId, 'KEY_KIND_SERVER');
  const editor = await busy.principalKey([{ scope: 'shop/dev', role: 'ROLE_EDITOR' }]);
  let open = (): void => undefined;
  busy.application.gate = new Promise<void>((resolve) => (open = resolve));
  const held = busy.post('/flags.v1.AdminService/Commit', { environment: 'shop/dev' }, editor.secret);
  let refused = await busy.post(one, body, secret);
  while (refused.status !== 429) refused = await busy.post(one, body, secret);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(await refused.json()).toEqual({
    key: 'new-checkout',
    errorCode: 'GENERAL',
    errorDetails: expect.stringContaining('OVERLOADED'),
  });
  open();
  await held;
  await busy.close();
});

describe('all flags', () => {
  it('answers what the key may see, errors among it, and where the stream is', async () => {
    replica().change({
      bad: {
        clientVisible: true,
        answer: { value: undefined, reason: 'ERROR', errorCode: 'TARGETING_KEY_MISSING' },
      },
    });
    const answer = (await json(fixture.post(all, body, clientKey))) as {
      flags: object[];
      eventStreams: object[];
    };
    expect(answer.flags).toEqual([
      { key: 'bad', errorCode: 'TARGETING_KEY_MISSING', errorDetails: 'The context has no targeting key.' },
      {
        key: 'new-checkout',
        value: true,
        reason: 'STATIC',
        variant: 'on',
        metadata: { rule: 'default', revision: 1 },
      },
    ]);
    expect(answer.eventStreams).toEqual([
      { type: 'sse', endpoint: { requestUri: `/ofrep/v1/events?key=${clientKey}` }, inactivityDelaySec: 120 },
    ]);
    const server = (await json(fixture.post(all, body, serverKey))) as {
      flags: { key: string }[];
      eventStreams: object[];
    };
    expect(server.flags.map(({ key }) => key)).toEqual(['bad', 'hidden', 'new-checkout']);
    expect(JSON.stringify(server)).not.toContain(serverKey);
  });

  it('answers 304 while nothing differs, also over commits that touch something else', async () => {
    const first = await fixture.post(all, body, clientKey);
    const etag = first.headers.get('etag')!;
    expect(etag).toMatch(/^"[\w-]{27}"$/);
    replica().change({ hidden: { value: 'y' } });
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await fixture.post(all, body, clientKey, { 'if-none-match': tag });
      expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, '']);
    }
    replica().change({ 'new-checkout': { value: false, clientVisible: true } });
    const changed = await fixture.post(all, body, clientKey, { 'if-none-match': etag });
    expect([changed.status, changed.headers.get('etag') === etag]).toEqual([200, false]);
  });

  it('waits for a change that another core told of', async () => {
    const path = `${all}?flagConfigEtag=history-1.2&flagConfigLastModified=1700000000`;
    const asked = json(fixture.post(path, body, serverKey));
    await until(() => replica().listeners > 0);
    replica().change({ 'new-checkout': { value: false } });
    expect(await asked).toMatchObject({ flags: [{ key: 'hidden' }, { key: 'new-checkout', value: false }] });
    expect(replica().listeners).toBe(0);
  });

  it.each(['history-1.1', 'other.9', 'x', '%ff.9', ''])('does not wait for the tag %j', async (tag) => {
    expect(await json(fixture.post(`${all}?flagConfigEtag=${tag}`, body, serverKey))).toMatchObject({
      status: 200,
    });
  });
});

describe('browsers', () => {
  it('may ask from the origins of the key, with a tag, and read the tag', async () => {
    const preflight = await fetch(`${fixture.httpUrl}${all}`, { method: 'OPTIONS', headers: { origin } });
    expect(preflight.headers.get('access-control-allow-headers')).toContain('if-none-match');
    const response = await fixture.post(all, body, clientKey, { origin });
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response.headers.get('access-control-expose-headers')).toContain('etag');
  });
});

it('records who was served a share by single evaluations, once, and nothing for bulk ones', async () => {
  replica().change({ split: { value: 'b', answer: { reason: 'SPLIT', variant: 'b', rule: 'rule:half' } } });
  await fixture.post(all, body, serverKey);
  for (const user of ['u-1', 'u-1', 'u-2'])
    await fixture.post(`${all}/split`, { context: { targetingKey: user } }, serverKey);
  const unseen = { context: { targetingKey: 'u-3' } };
  await fixture.post(`${all}/split`, unseen, serverKey, { 'flags-exposures': 'off' });
  await fixture.transports.close(0);
  const events = fixture.application.recorded.flatMap(({ request }) => request.events);
  expect(events.map(({ body: event }) => event)).toEqual(
    ['u-1', 'u-2'].map((user) => ({
      $case: 'exposure',
      value: {
        flagKey: 'split',
        variant: 'b',
        rule: 'rule:half',
        revision: 2,
        units: { user },
        excluded: false,
        attributes: undefined,
      },
    })),
  );
  expect(fixture.application.recorded[0]!.grant.environmentId).toBe(fixture.environmentId);
});

describe('the stream of changes', () => {
  async function open(target: string, headers: Record<string, string> = {}) {
    const abort = new AbortController();
    const response = await fetch(`${fixture.httpUrl}${target}`, { headers, signal: abort.signal });
    let text = '';
    let ended = false;
    const reading = (async () => {
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) text += chunk;
    })()
      .catch(() => undefined)
      .then(() => void (ended = true));
    const events = () =>
      [...text.matchAll(/^id: (.*)\ndata: (.*)$/gm)].map(([, id, data]) => ({
        id,
        data: JSON.parse(data!) as object,
      }));
    return { response, events, text: () => text, ended: () => ended, reading, abort };
  }

  it('tells of a change at once, gathers the next ones, and beats', async () => {
    const stream = await open(`/ofrep/v1/events?key=${clientKey}`, { origin });
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
    expect(stream.response.headers.get('access-control-allow-origin')).toBe(origin);
    await until(() => replica().listeners === 2);
    replica().change({ 'new-checkout': { value: false, clientVisible: true } });
    await until(() => stream.events().length === 1);
    for (let count = 0; count < 20; count++)
      replica().change({ 'new-checkout': { value: count, clientVisible: true } });
    await until(() => stream.events().length === 2);
    expect(stream.events()).toEqual([
      {
        id: 'history-1.2',
        data: { type: 'refetchEvaluation', etag: 'history-1.2', lastModified: expect.any(Number) },
      },
      {
        id: 'history-1.22',
        data: { type: 'refetchEvaluation', etag: 'history-1.22', lastModified: expect.any(Number) },
      },
    ]);
    for (let beat = 0; beat < 3; beat++) replica().beat();
    await until(() => stream.text().includes(': heartbeat'));
    stream.abort.abort();
    await stream.reading;
    await until(() => replica().listeners === 0);
  });

  it('tells a browser nothing of flags it does not get', async () => {
    const stream = await open(`/ofrep/v1/events?key=${clientKey}`);
    await until(() => replica().listeners === 2);
    replica().change({ hidden: { value: 'z' } });
    replica().change({ 'new-checkout': { value: 2, clientVisible: true } });
    await until(() => stream.events().length === 1);
    expect(stream.events()[0]).toMatchObject({ id: 'history-1.3' });
    stream.abort.abort();
  });

  it('tells one who comes back after a change at once', async () => {
    const behind = await open('/ofrep/v1/events', {
      authorization: `Bearer ${serverKey}`,
      'last-event-id': 'history-1.0',
    });
    await until(() => behind.events().length === 1);
    const current = await open('/ofrep/v1/events', {
      'x-api-key': serverKey,
      'last-event-id': 'history-1.1',
    });
    await until(() => current.text().includes(': open'));
    expect(current.events()).toEqual([]);
    behind.abort.abort();
    current.abort.abort();
  });

  it('ends with its key, and with the server', async () => {
    const created = await fixture.sdkKey(fixture.environmentId, 'KEY_KIND_CLIENT');
    const revoked = await open(`/ofrep/v1/events?key=${created.secret}`);
    const other = await open(`/ofrep/v1/events?key=${clientKey}`);
    await until(() => replica().listeners === 4);
    await fixture.application.access.revokeKey(
      { keyId: 'test', keyKind: 'KEY_KIND_PRINCIPAL' },
      fixture.environmentId,
      created.id,
    );
    await revoked.reading;
    expect(other.ended()).toBe(false);
    const closing = fixture.transports.close(10_000);
    await other.reading;
    await closing;
  });

  it('takes no key but a client key from an address', async () => {
    for (const key of [
      serverKey,
      (await fixture.principalKey([{ scope: '*', role: 'ROLE_ADMIN' }])).secret,
      'garbage',
    ]) {
      const response = await fetch(`${fixture.httpUrl}/ofrep/v1/events?key=${key}`);
      expect(response.status).toBe(401);
    }
    const evaluated = await fixture.post(`${one}?key=${clientKey}`, body);
    expect(evaluated.status).toBe(401);
  });
});
