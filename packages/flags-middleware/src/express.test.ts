import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect, it } from 'vitest';
import { contextOf, countryFromHeader, flagsContext } from './express.ts';

/** What a real Express answers to a request with these headers. */
async function answer(headers: Record<string, string>): Promise<unknown> {
  const app = express();
  app.set('trust proxy', true);
  app.use(
    flagsContext<express.Request>({
      targetingKey: (request) => request.get('x-user'),
      country: countryFromHeader('x-country'),
      attributes: async (request) => ({ path: request.path }),
    }),
  );
  app.get('/shop', (request, response) => void response.json(contextOf(request)));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    return await (await fetch(`http://127.0.0.1:${port}/shop`, { headers })).json();
  } finally {
    server.close();
  }
}

it('gives the handlers of Express a context', async () => {
  const headers = {
    'x-user': 'u-1',
    'x-country': 'de',
    'x-forwarded-for': '203.0.113.9',
    'accept-language': 'de',
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0',
  };
  expect(await answer(headers)).toEqual({
    ...{ targetingKey: 'u-1', ip: '203.0.113.9', country: 'DE', language: 'de', locale: 'de', path: '/shop' },
    ...{ device: 'desktop', browser: 'Firefox', browserVersion: '121.0', os: 'Linux' },
  });
});

it('knows no context without the middleware', () => {
  expect(contextOf({ headers: {} })).toEqual({});
});
