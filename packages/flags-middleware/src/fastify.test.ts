import fastify, { type FastifyRequest } from 'fastify';
import { expect, it } from 'vitest';
import { contextOf, countryFromHeader, flagsContext } from './fastify.ts';

it('gives the handlers of Fastify a context', async () => {
  const server = fastify({ trustProxy: true });
  await server.register(
    flagsContext<FastifyRequest>({
      targetingKey: ({ headers }) => headers['x-user'] as string,
      country: countryFromHeader('x-country'),
      attributes: ({ url }) => ({ path: url }),
    }),
  );
  server.get('/shop', async (request) => contextOf(request));
  try {
    const address = await server.listen({ port: 0, host: '127.0.0.1' });
    const headers = {
      'x-user': 'u-1',
      'x-country': 'ch',
      'x-forwarded-for': '2001:db8::1',
      'accept-language': 'fr-CH',
      'user-agent':
        'Mozilla/5.0 (iPad; CPU OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 Mobile/15E148 Safari/604.1',
    };
    expect(await (await fetch(`${address}/shop`, { headers })).json()).toEqual({
      ...{
        targetingKey: 'u-1',
        ip: '2001:db8::1',
        country: 'CH',
        language: 'fr',
        locale: 'fr-CH',
        path: '/shop',
      },
      ...{ device: 'tablet', browser: 'Safari', browserVersion: '16.5', os: 'iOS', osVersion: '16.5' },
    });
  } finally {
    await server.close();
  }
});
