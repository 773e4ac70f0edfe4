// R31: no spelling of a path reaches a route that its exact spelling would not, with or without a key.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createInstallation } from './support/callers.ts';
import type { Installation } from './support/callers.ts';
import { request, sendRaw } from './support/raw-http.ts';

let installation: Installation;
beforeAll(async () => {
  installation = await createInstallation();
});
afterAll(() => installation.core.close());

const open = ['/', '/healthz', '/readyz', '/metrics'];
const closed = [
  '/flags.v1.AdminService/ListDocuments',
  '/flags.v1.AccessService/ListKeys',
  '/flags.v1.FlagService/EvaluateAll',
  '/flags.v1.SyncService/GetSnapshot',
  '/v1/watch',
  '/v1/beacon',
  '/ofrep/v1/events',
  '/openfeature/v0/manifest',
];

/** Spellings that some server somewhere took for the path. */
const tricks: readonly (readonly [string, (path: string, from: string) => string])[] = [
  ['dot segments behind an open path', (path, from) => `${from === '/' ? '' : from}/..${path}`],
  ['encoded dot segments', (path, from) => `${from === '/' ? '' : from}/%2e%2e${path}`],
  ['half encoded dot segments', (path, from) => `${from === '/' ? '' : from}/.%2E${path}`],
  ['a backslash', (path, from) => `${from === '/' ? '' : from}/..\\${path.slice(1)}`],
  ['an encoded slash', (path) => path.replace(/(.)\//, '$1%2f')],
  ['two slashes in front', (path) => `/${path}`],
  ['two slashes inside', (path) => path.replace(/(.)\//, '$1//')],
  ['a slash at the end', (path) => `${path}/`],
  ['a dot at the end', (path) => `${path}.`],
  ['a dot segment', (path) => `/.${path}`],
  ['a parameter', (path) => `${path};jsessionid=1`],
  ['a parameter in front', (path, from) => `${from};${path}`],
  ['an encoded letter', (path) => path.replace('v', '%76')],
  ['capitals', (path) => path.toUpperCase()],
  ['small letters', (path) => (path.toLowerCase() === path ? `${path}x` : path.toLowerCase())],
  ['a null byte', (path) => `${path}%00`],
  ['an encoded space', (path) => `${path}%20`],
  ['an open suffix', (path) => `${path}/healthz`],
  ['an absolute form', (path) => `http://core${path}`],
  ['an absolute form with a user', (path) => `http://healthz@core${path}`],
  ['a fragment', (path, from) => `${from}#${path}`],
  ['a missing slash', (path) => path.slice(1)],
  ['overlong UTF-8', (path, from) => `${from === '/' ? '' : from}/%c0%ae%c0%ae${path}`],
];

it.each(tricks)('lets nobody in by %s', async (_name, trick) => {
  for (const path of closed) {
    for (const from of open) {
      const body = '{"environment":"shop/dev"}';
      const json = { 'content-type': 'application/json' };
      for (const key of [undefined, installation.caller('admin of *').key]) {
        const headers = key === undefined ? json : { ...json, authorization: `Bearer ${key}` };
        for (const method of ['GET', 'POST', 'HEAD']) {
          const answer = await sendRaw(
            installation.core.httpUrl,
            request(method, trick(path, from), headers, body),
          );
          expect([400, 404], `${method} ${trick(path, from)}`).toContain(answer?.status ?? 400);
        }
      }
    }
  }
});

it.each(['CONNECT', 'TRACE', 'PUT', 'DELETE', 'PATCH', 'get', 'PROPFIND'])(
  'serves no route by %s',
  async (method) => {
    for (const path of [...open, ...closed]) {
      const answer = await sendRaw(installation.core.httpUrl, request(method, path));
      expect([400, 404, 405, undefined], `${method} ${path}`).toContain(answer?.status);
    }
  },
);

it('reads no key from a URL', async () => {
  const { key } = installation.caller('admin of *');
  const json = { 'content-type': 'application/json' };
  for (const query of [
    `key=${key}`,
    `access_token=${key}`,
    `authorization=Bearer%20${key}`,
    `x-api-key=${key}`,
  ]) {
    const target = `/flags.v1.AccessService/ListPrincipals?${query}`;
    expect((await sendRaw(installation.core.httpUrl, request('POST', target, json, '{}')))?.status).toBe(401);
  }
  expect(installation.core.output()).not.toContain(key.slice(-20));
});

it('takes no header for another: method overrides, rewritten URLs, forwarded hosts', async () => {
  for (const name of ['x-http-method-override', 'x-original-url', 'x-rewrite-url', 'x-forwarded-path']) {
    const headers = {
      [name]: name.includes('method') ? 'POST' : '/healthz',
      'content-type': 'application/json',
    };
    const answer = await sendRaw(installation.core.httpUrl, request('POST', closed[0]!, headers, '{}'));
    expect(answer?.status, name).toBe(401);
  }
});

it.each([
  ['two lengths', 'content-length: 2\r\ncontent-length: 3\r\n'],
  ['a length and chunks', 'content-length: 2\r\ntransfer-encoding: chunked\r\n'],
  ['an unknown transfer encoding', 'transfer-encoding: xchunked\r\n'],
  ['a folded header', 'x-a: 1\r\n  transfer-encoding: chunked\r\n'],
  ['a space before the colon', 'content-length : 2\r\n'],
  ['a bare line feed', 'x-a: 1\nx-b: 2\r\n'],
])('refuses a request with %s, which could smuggle another', async (_name, headers) => {
  const smuggled = 'POST /flags.v1.AccessService/ListKeys HTTP/1.1\r\nhost: core\r\n\r\n';
  const text = `POST /flags.v1.FlagService/Evaluate HTTP/1.1\r\nhost: core\r\nconnection: close\r\n${headers}\r\n{}${smuggled}`;
  const answer = await sendRaw(installation.core.httpUrl, text);
  expect([400, 415, 501, undefined]).toContain(answer?.status);
});
