// OpenFeature's manifest API over the application in memory: the four routes, their rules and every error body.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startFixture } from '../../testing/transport-fixture.ts';
import type { Fixture } from '../../testing/transport-fixture.ts';
import { changedFlag, newFlag, toManifestFlag } from './manifest-flag.ts';

let fixture: Fixture;
let editor: string;
let viewer: string;
let serverKey: string;
const base = '/environments/shop/dev/openfeature/v0/manifest';

beforeEach(async () => {
  fixture = await startFixture();
  fixture.application.replica(fixture.environmentId).change({ 'new-checkout': undefined, hidden: undefined });
  serverKey = (await fixture.sdkKey(fixture.environmentId, 'KEY_KIND_SERVER')).secret;
  editor = (await fixture.principalKey([{ scope: 'shop/dev', role: 'ROLE_EDITOR' }])).secret;
  viewer = (await fixture.principalKey([{ scope: 'shop/dev', role: 'ROLE_VIEWER' }])).secret;
});
afterEach(() => fixture.close());

interface Answer {
  readonly status: number;
  readonly capabilities: string | null;
  readonly body: unknown;
}

async function ask(method: string, path: string, key: string | undefined, body?: unknown): Promise<Answer> {
  const response = await fetch(`${fixture.httpUrl}${path}`, {
    method,
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return {
    status: response.status,
    capabilities: response.headers.get('x-manifest-capabilities'),
    body: await response.json(),
  };
}

const banner = { key: 'banner', type: 'string', description: 'The text on top', defaultValue: 'Hello' };

it('creates, lists, updates and removes a flag', async () => {
  const created = await ask('POST', `${base}/flags`, editor, banner);
  const flag = { ...banner, name: 'banner' };
  expect(created).toEqual({
    status: 201,
    capabilities: 'read,write,delete',
    body: { flag, updatedAt: '2023-11-14T22:13:20.000Z' },
  });
  expect(await ask('GET', base, editor)).toEqual({
    status: 200,
    capabilities: 'read,write,delete',
    body: { flags: [flag] },
  });
  expect(await ask('GET', base, viewer)).toMatchObject({ status: 200, capabilities: 'read' });
  expect(await ask('GET', '/openfeature/v0/manifest', serverKey)).toMatchObject({
    status: 200,
    capabilities: 'read',
    body: { flags: [flag] },
  });
  const changed = { ...banner, name: 'Banner', description: null, defaultValue: 'Welcome' };
  const updated = await ask('PUT', `${base}/flags/banner`, editor, changed);
  expect(updated).toMatchObject({
    status: 200,
    body: { flag: { key: 'banner', name: 'Banner', type: 'string', defaultValue: 'Welcome' } },
  });
  expect(await ask('DELETE', `${base}/flags/banner`, editor)).toMatchObject({
    status: 200,
    body: { archivedAt: '2023-11-14T22:13:20.000Z' },
  });
  expect(await ask('GET', base, viewer)).toMatchObject({ body: { flags: [] } });
});

it.each([
  ['an unknown member', { ...banner, colour: 1 }, 'colour', 'unknown_field'],
  ['no key', { ...banner, key: '' }, 'key', 'required'],
  ['another type', { ...banner, type: 'list' }, 'type', 'enum'],
  ['a default of another type', { ...banner, type: 'integer' }, 'defaultValue', 'type'],
  ['an integer with a fraction', { ...banner, type: 'integer', defaultValue: 0.5 }, 'defaultValue', 'type'],
  ['no default', { key: 'a', type: 'boolean' }, 'defaultValue', 'required'],
  ['a list', [], '', 'type'],
])('refuses %s by its field', async (_name, body, field, code) => {
  expect(await ask('POST', `${base}/flags`, editor, body)).toMatchObject({
    status: 400,
    body: {
      error: {
        status: 400,
        message: expect.any(String),
        details: [{ field, code, message: expect.any(String) }],
      },
    },
  });
});

it('answers 401, 403, 404, 405 and 409 in its own form', async () => {
  await ask('POST', `${base}/flags`, editor, banner);
  const answers = [
    [401, ask('GET', base, undefined)],
    [403, ask('GET', '/environments/shop/prod/openfeature/v0/manifest', editor)],
    [403, ask('POST', `${base}/flags`, viewer, banner)],
    [403, ask('POST', '/openfeature/v0/manifest/flags', serverKey, banner)],
    [400, ask('GET', '/openfeature/v0/manifest', editor)],
    [404, ask('PUT', `${base}/flags/none`, editor, { ...banner, key: 'none' })],
    [404, ask('DELETE', `${base}/flags/none`, editor)],
    [400, ask('PUT', `${base}/flags/banner`, editor, { ...banner, key: 'other' })],
    [409, ask('PUT', `${base}/flags/banner`, editor, { ...banner, type: 'boolean', defaultValue: true })],
  ] as const;
  for (const [status, answer] of answers) {
    expect(await answer).toMatchObject({ status, body: { error: { status, message: expect.any(String) } } });
  }
  expect((await ask('PUT', base, editor, banner)).status).toBe(405);
});

it.each([
  ['boolean', true],
  ['boolean', false],
  ['string', ''],
  ['integer', 0],
  ['float', 1],
  ['float', 0.5],
  ['object', { a: [1] }],
] as const)(
  'gives a new flag of type %s its default %j back, off until somebody decides',
  (type, defaultValue) => {
    const flag = newFlag({ key: 'f', name: 'F', type, defaultValue });
    expect(flag.enabled).toBe(false);
    expect(flag.variants[flag.offVariant!]).toEqual(defaultValue);
    expect(toManifestFlag('f', flag)).toEqual({ key: 'f', name: 'F', type, defaultValue });
  },
);

it('keeps everything else of a flag that is updated', () => {
  const flag = {
    type: 'number',
    enabled: true,
    variants: { low: 1, default: 2 },
    offVariant: 'low',
    default: { variant: 'default' },
    rules: [],
    metadata: { team: 'a', name: 'Old' },
  } as const;
  expect(changedFlag(flag, { key: 'f', type: 'integer', defaultValue: 2 })).toEqual({
    ...flag,
    offVariant: 'default',
  });
  expect(changedFlag(flag, { key: 'f', type: 'float', name: 'f', defaultValue: 9 })).toEqual({
    ...flag,
    variants: { low: 1, default: 2, 'default-2': 9 },
    offVariant: 'default-2',
    metadata: { team: 'a', manifestType: 'float' },
  });
});
