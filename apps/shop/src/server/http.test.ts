// The shop's routes over a real HTTP server, with flags that the test sets while it runs.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createMemoryClient, type MemoryClient } from '@org/flags-node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createShopServer } from './http.ts';
import { resolveShopFlags } from './shop-flags.ts';
import { createShop } from './shop.ts';

let client: MemoryClient;
let server: ReturnType<typeof createShopServer>;
let origin: string;

beforeEach(async () => {
  client = createMemoryClient();
  const flags = resolveShopFlags(client);
  server = createShopServer({
    shop: createShop({ flags, random: () => 0.5 }),
    flags,
    files: new Map([['/', { type: 'text/html', body: Buffer.from('<p>shop') }]]),
    flagsUrl: 'http://flags.example:7411',
    onChange: (listener) => client.on('change', ({ revision }) => listener(revision)),
    revision: () => client.revision,
    track: (name, targetingKey, value) => client.track(name, { context: { targetingKey }, value }),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.close();
  server.closeAllConnections();
});

const buy = (body: string) => fetch(`${origin}/api/checkout?customer=customer-1`, { method: 'POST', body });

it('serves the page under a policy without inline scripts or styles', async () => {
  const response = await fetch(origin);
  expect(await response.text()).toBe('<p>shop');
  const policy = response.headers.get('content-security-policy');
  expect(policy).toContain("script-src 'self'");
  expect(policy).toContain("connect-src 'self' http://flags.example:7411");
  expect(policy).not.toContain('unsafe');
});

it('answers by the flags of the moment', async () => {
  const discount = async () =>
    ((await (await fetch(`${origin}/api/view`)).json()) as { view: { products: { finalCents: number }[] } })
      .view.products[0]!.finalCents;
  expect(await discount()).toBe(10_196);
  client.set({ flags: { 'discount-percent': { value: 50 } } });
  expect(await discount()).toBe(5_098);
});

it('tells open pages about every change', async () => {
  const response = await fetch(`${origin}/api/changes`);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader.read()).value).toBe(`data: ${client.revision}\n\n`);
  client.set({ flags: { 'new-checkout': { value: true } } });
  expect((await reader.read()).value).toBe(`data: ${client.revision}\n\n`);
  await reader.cancel();
});

it('sells, and tracks what was paid', async () => {
  const response = await buy('{"productIds":["L9ECAV7KIM"]}');
  expect(await response.json()).toEqual({ outcome: 'paid', totalCents: 2195, shippingCents: 495 });
  expect(client.tracked.map(({ name, value }) => [name, value])).toEqual([['checkout', 2195]]);
});

it('answers 503 while payments are unreachable', async () => {
  client.set({ flags: { paymentUnreachable: { value: true } } });
  expect((await buy('{"productIds":["L9ECAV7KIM"]}')).status).toBe(503);
});

it.each(['', '{', 'null', '[]', '{"productIds":7}', `{"productIds":"${'x'.repeat(20_000)}"}`])(
  'survives the body %.20s',
  async (body) => {
    const { status } = await buy(body);
    expect([200, 400]).toContain(status);
    expect((await fetch(`${origin}/healthz`)).status).toBe(200);
  },
);

it('has nothing elsewhere', async () => {
  for (const path of ['/page.ts', '/../main.ts', '/api', '//'])
    expect((await fetch(origin + path)).status).toBe(404);
});
