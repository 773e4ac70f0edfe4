// The client against a server that is a list of answers: what it sends, repeats and throws.
import { expect, it } from 'vitest';
import { startAdminClient, type AdminClientOptions } from './admin-client.ts';
import { booleanFlag } from './builders/flag-builder.ts';
import {
  AdminError,
  AlreadyExistsError,
  ConflictError,
  InvalidError,
  NotFoundError,
  PermissionError,
  UnavailableError,
} from './errors.ts';
import { connectError, fakePlatform, type FakeAnswer } from './testing/fake-platform.ts';

const options = { url: 'http://127.0.0.1:1/', key: 'flags_p_id_secret' };

const start = (...answers: FakeAnswer[]) => {
  const platform = fakePlatform(...answers);
  const admin = startAdminClient(options, platform);
  return { platform, admin, production: admin.environment('shop/production', { author: 'ada' }) };
};
const failed = async (promise: Promise<unknown>): Promise<AdminError> =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error as AdminError,
  );

it('sends a commit with author, reason and an idempotency key', async () => {
  const { platform, production } = start({
    status: 200,
    body: { revision: { revision: 3 }, unchanged: false },
  });
  const result = await production.commit(booleanFlag('a').expect(2), { reason: 'why' });
  expect(result.revision).toMatchObject({ revision: 3, author: '', changed: [] });
  const [{ path, body, key }] = platform.requests as [(typeof platform.requests)[number]];
  expect(path).toBe('/flags.v1.AdminService/Commit');
  expect(key).toBe('Bearer flags_p_id_secret');
  expect(body).toMatchObject({
    environment: 'shop/production',
    author: 'ada',
    reason: 'why',
    idempotencyKey: 'unique-0',
  });
  expect(body['changes']).toEqual([
    { kind: 'flag', key: 'a', document: booleanFlag('a').document, expectedDocumentRevision: 2 },
  ]);
});

it('repeats a commit with the same idempotency key, waiting as the server asks', async () => {
  const { platform, production } = start(
    new TypeError('fetch failed'),
    { status: 503, body: connectError('unavailable', 'STORE_UNAVAILABLE', { retryDelay: '1.500s' }) },
    { status: 200, body: { revision: { revision: 1 }, replayed: true } },
  );
  expect((await production.commit(booleanFlag('a'))).replayed).toBe(true);
  expect(new Set(platform.requests.map(({ body }) => body['idempotencyKey'])).size).toBe(1);
  expect(platform.pausesMs).toEqual([100, 1_700]);
});

it('gives up after four attempts and says how long to wait', async () => {
  const body = connectError('resource_exhausted', 'OVERLOADED', { retryDelay: '2s' });
  const busy = { status: 429, body, headers: { 'x-request-id': 'r-1' } };
  const { platform, production } = start(busy, busy, busy, busy);
  const error = await failed(production.get('flag', 'a'));
  expect(error).toBeInstanceOf(UnavailableError);
  expect(error).toMatchObject({ reason: 'OVERLOADED', status: 429, retryAfterMs: 2_000, requestId: 'r-1' });
  expect(platform.requests).toHaveLength(4);
});

it('does not repeat the making of a key that may have been made', async () => {
  const lost = start(new TypeError('fetch failed'));
  expect(await failed(lost.production.createKey('server'))).toBeInstanceOf(UnavailableError);
  const shed = start(
    { status: 429, body: connectError('resource_exhausted', 'OVERLOADED') },
    { status: 200, body: { key: { id: 'k', kind: 'KEY_KIND_SERVER' }, secret: 's' } },
  );
  expect((await shed.production.createKey('server')).key.kind).toBe('server');
});

it.each([
  ['not_found', 'NOT_FOUND', 404, NotFoundError],
  ['already_exists', 'ALREADY_EXISTS', 409, AlreadyExistsError],
  ['already_exists', 'IDEMPOTENCY_KEY_REUSED', 409, AlreadyExistsError],
  ['invalid_argument', 'INVALID_REQUEST', 400, InvalidError],
  ['aborted', 'REVISION_CONFLICT', 409, ConflictError],
  ['unauthenticated', 'UNAUTHENTICATED', 401, PermissionError],
  ['permission_denied', 'PERMISSION_DENIED', 403, PermissionError],
  ['resource_exhausted', 'LIMIT_EXCEEDED', 429, AdminError],
  ['internal', 'INTERNAL', 500, AdminError],
])('answers %s (%s) with its error', async (code, reason, status, type) => {
  const error = await failed(start({ status, body: connectError(code, reason) }).admin.whoAmI());
  expect(error.constructor).toBe(type);
  expect(error.message).toBe(`[${reason}] something about it`);
  expect(error.reason).toBe(reason);
});

it('names the document and the place of each violation of a commit', async () => {
  const violations = [
    { field: 'changes[1].document.rules[0].when.op', reason: 'unknown_operator', description: 'No.' },
    { field: 'changes[0].key', reason: 'pattern', description: 'No.' },
    { field: 'author', reason: 'max_length', description: 'No.' },
  ];
  const body = connectError('invalid_argument', 'INVALID_DOCUMENT', { violations });
  const error = await failed(
    start({ status: 400, body }).production.commit([booleanFlag('a'), booleanFlag('b')]),
  );
  expect((error as InvalidError).violations).toMatchObject([
    { kind: 'flag', key: 'b', path: 'rules[0].when.op', rule: 'unknown_operator' },
    { kind: 'flag', key: 'a', path: 'key' },
    { field: 'author', rule: 'max_length' },
  ]);
});

it('tells the current revision of a conflict, and that a document to be created exists', async () => {
  const metadata = { kind: 'flag', key: 'a', currentRevision: '7' };
  const body = connectError('aborted', 'REVISION_CONFLICT', { metadata });
  const conflict = await failed(start({ status: 409, body }).production.commit(booleanFlag('a').expect(3)));
  expect((conflict as ConflictError).currentRevision).toBe(7);
  const there = await failed(start({ status: 409, body }).production.create(booleanFlag('a')));
  expect(there).toBeInstanceOf(AlreadyExistsError);
});

it('reads, changes and commits again when somebody else was faster', async () => {
  const document = booleanFlag('a').document;
  const stored = (revision: number) => ({
    status: 200,
    body: { kind: 'flag', key: 'a', revision, document },
  });
  const metadata = { kind: 'flag', key: 'a', currentRevision: '2' };
  const { platform, production } = start(
    stored(1),
    { status: 409, body: connectError('aborted', 'REVISION_CONFLICT', { metadata }) },
    stored(2),
    { status: 200, body: { revision: { revision: 3 } } },
  );
  await production.update('flag', 'a', (found) => ({ ...found.document, description: 'new' }));
  expect(platform.requests[3]?.body['changes']).toMatchObject([
    { expectedDocumentRevision: 2, document: { description: 'new' } },
  ]);
});

it('reads lists page by page, only as far as it is asked', async () => {
  const page = (keys: string[], nextPageToken?: string) => ({
    status: 200,
    body: { documents: keys.map((key) => ({ kind: 'flag', key })), nextPageToken },
  });
  const whole = start(page(['a', 'b'], 't'), page(['c']));
  expect((await whole.production.list('flag').all()).map(({ key }) => key)).toEqual(['a', 'b', 'c']);
  expect(whole.platform.requests[1]?.body).toMatchObject({ pageToken: 't', kind: 'flag' });
  const part = start(page(['a', 'b'], 't'));
  expect(await part.production.list('flag').all(1)).toHaveLength(1);
});

it('finds no document where there is none, but does not take a missing environment for that', async () => {
  const missing = (metadata: object) => ({
    status: 404,
    body: connectError('not_found', 'NOT_FOUND', { metadata }),
  });
  expect(await start(missing({ missing: 'document' })).production.find('flag', 'a')).toBeUndefined();
  expect(await failed(start(missing({})).production.find('flag', 'a'))).toBeInstanceOf(NotFoundError);
});

it('takes whatever a proxy answers', async () => {
  const html = { status: 502, body: '<html>' };
  expect(await failed(start(html, html, html, html).admin.whoAmI())).toBeInstanceOf(UnavailableError);
  const odd = await failed(start({ status: 418, body: [1] }).admin.whoAmI());
  expect(odd).toMatchObject({ name: 'AdminError', reason: 'UNKNOWN', status: 418 });
  const cut = { status: 200, body: '{"a":' };
  expect(await failed(start(cut, cut, cut, cut).admin.whoAmI())).toBeInstanceOf(UnavailableError);
});

it('ends with the reason of the abort', async () => {
  const { admin } = start(new TypeError('fetch failed'));
  const reason = new Error('enough');
  expect(await failed(admin.whoAmI({ signal: AbortSignal.abort(reason) }))).toBe(reason);
});

it.each([
  [{ url: 'nowhere' }, 'url'],
  [{ url: 'ftp://host' }, 'url'],
  [{ url: 'http://user@host' }, 'url'],
  [{ key: 'with space' }, 'key'],
  [{ timeoutMs: 0 }, 'timeoutMs'],
  [{ attemptsMax: Number.NaN }, 'attemptsMax'],
] satisfies [Partial<AdminClientOptions>, string][])('refuses the options %o', (more, name) => {
  expect(() => startAdminClient({ ...options, ...more }, fakePlatform())).toThrow(name);
});
