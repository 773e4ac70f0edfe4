// What the core may be made to call by a document: public addresses, and those that the installation allows. No packet leaves
// this machine: names are resolved by the test.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyBytesMax, createGuardedGet } from './guarded-get.ts';
import { createGuardedRequest } from './guarded-request.ts';

let server: Server;
let port: number;
const asked: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/large') return void response.end('x'.repeat(bodyBytesMax + 1));
    if (request.url === '/redirect')
      return void response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    response.end('fine');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const resolvesTo =
  (...addresses: readonly string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

const privateAddresses = [
  ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.255', '169.254.169.254', '172.16.0.1'],
  ...[
    '172.31.255.255',
    '192.168.1.1',
    '192.0.0.8',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '203.0.113.9',
  ],
  ...[
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:127.0.0.1',
    'fc00::1',
    'fd12::1',
    'fe80::1',
    'ff02::1',
    '2001:db8::1',
  ],
  ...['2002:7f00:1::', '64:ff9b::7f00:1', '2001::1', '::7f00:1', '100::1'],
];

describe('an address that is not public', () => {
  it.each(privateAddresses)('is refused as %s, however it is written', async (address) => {
    const host = address.includes(':') ? `[${address}]` : address;
    const get = createGuardedGet([], resolvesTo(address));
    for (const url of [`http://${host}:${port}/`, `https://${host}/`, `http://metrics.example:${port}/`])
      expect(await get(url)).toMatchObject({ ok: false });
    expect(asked).toEqual([]);
  });

  it.each([
    ...[
      'http://0x7f000001/',
      'http://2130706433/',
      'http://0177.0.0.1/',
      'http://127.1/',
      'http://[::ffff:7f00:1]/',
    ],
    ...['ftp://a.example/', 'file:///etc/passwd', 'http://user:secret@a.example/', 'nonsense', 'http://'],
  ])('is refused as %s', async (url) => {
    expect(await createGuardedGet([], resolvesTo('127.0.0.1'))(url)).toMatchObject({ ok: false });
  });

  it('is refused when one of several addresses of a name is', async () => {
    const get = createGuardedGet([], resolvesTo('93.184.216.34', '10.0.0.1'));
    expect(await get('http://metrics.example/')).toMatchObject({ ok: false });
  });
});

describe('an address that is allowed', () => {
  it.each([[['127.0.0.1']], [['127.0.0.0/8']], [['metrics.internal']]])('by %j is asked', async (allowed) => {
    const get = createGuardedGet(allowed, resolvesTo('127.0.0.1'));
    expect(await get(`http://metrics.internal:${port}/fine`)).toEqual({
      ok: true,
      status: 200,
      body: 'fine',
    });
  });

  it('is followed nowhere, and not read beyond the limit', async () => {
    const get = createGuardedGet(['127.0.0.1']);
    expect(await get(`http://127.0.0.1:${port}/redirect`)).toMatchObject({ ok: true, status: 302 });
    expect(await get(`http://127.0.0.1:${port}/large`)).toMatchObject({ ok: false });
    expect(await get('http://127.0.0.1:1/')).toMatchObject({ ok: false });
  });

  it('is resolved once: who is asked is who was judged', async () => {
    let asks = 0;
    const rebinding = async () => [{ address: (asks += 1) === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }];
    const get = createGuardedGet(['127.0.0.1'], rebinding);
    expect(await get(`http://metrics.example:${port}/fine`)).toMatchObject({ ok: true });
    expect(asks).toBe(1);
  });
});

describe('what is sent to webhooks', () => {
  /** The ways to write an address: in parts, as one number, in octal and hexadecimal digits, mapped and translated into IPv6. */
  function spellings(address: string): readonly string[] {
    const parts = address.split('.').map(Number);
    const [a = 0, b = 0, c = 0, d = 0] = parts;
    const whole = ((a * 256 + b) * 256 + c) * 256 + d;
    const hex = (high: number, low: number): string => (high * 256 + low).toString(16);
    return [
      address,
      String(whole),
      `0x${whole.toString(16)}`,
      parts.map((part) => `0${part.toString(8)}`).join('.'),
      parts.map((part) => `0x${part.toString(16)}`).join('.'),
      `${a}.${b}.${c * 256 + d}`,
      `${a}.${(b * 256 + c) * 256 + d}`,
      `${address}.`,
      `[::ffff:${address}]`,
      `[::ffff:${hex(a, b)}:${hex(c, d)}]`,
      `[64:ff9b::${hex(a, b)}:${hex(c, d)}]`,
      `[2002:${hex(a, b)}:${hex(c, d)}::]`,
      `[::${hex(a, b)}:${hex(c, d)}]`,
    ];
  }
  const hidden = privateAddresses.filter((address) => !address.includes(':'));

  it(`reaches none of ${hidden.length * 26} addresses, and nobody is asked for a name twice`, async () => {
    const before = asked.length;
    let tried = 0;
    for (const address of hidden)
      for (const host of spellings(address))
        for (const scheme of ['http', 'https']) {
          tried += 1;
          let names = 0;
          const send = createGuardedRequest([], async () => {
            names += 1;
            return [{ address, family: 4 }];
          });
          const url = `${scheme}://${host}:${port}/hook`;
          const sent = await send(url, { method: 'POST', headers: {}, body: 'secret' });
          expect([url, sent.ok]).toEqual([url, false]);
          expect(names).toBeLessThanOrEqual(1);
        }
    expect(tried).toBeGreaterThan(300);
    expect(asked.length).toBe(before);
  });

  it('is sent where that is allowed, with its headers', async () => {
    const send = createGuardedRequest(['127.0.0.1']);
    const sent = await send(`http://127.0.0.1:${port}/hook`, {
      method: 'POST',
      headers: { 'content-length': '4' },
      body: 'body',
    });
    expect(sent).toMatchObject({ ok: true, status: 200 });
  });
});
