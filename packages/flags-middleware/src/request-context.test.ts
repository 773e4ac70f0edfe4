import { expect, it } from 'vitest';
import { buildContext, countryFromHeader, createContextStore, headerReader } from './request-context.ts';

const headers = {
  'accept-language': 'de-CH, en;q=0.5',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0',
  'cf-ipcountry': 'ch',
};
const facts = { ip: '192.0.2.7', header: headerReader(headers) };
const derived = {
  ip: '192.0.2.7',
  language: 'de',
  locale: 'de-CH',
  device: 'desktop',
  browser: 'Firefox',
  browserVersion: '121.0',
  os: 'Linux',
};

it('derives what a request tells', async () => {
  expect(await buildContext({}, facts, {})).toEqual(derived);
});

it('adds unit, country and what the application knows', async () => {
  const context = await buildContext({ user: 'u-1' }, facts, {
    targetingKey: ({ user }) => user,
    country: countryFromHeader('CF-IPCountry'),
    attributes: async () => ({ tier: 'gold', browser: 'our own' }),
  });
  expect(context).toEqual({
    ...derived,
    country: 'CH',
    targetingKey: 'u-1',
    tier: 'gold',
    browser: 'our own',
  });
});

it('leaves out what is not wanted', async () => {
  const context = await buildContext({}, facts, { leaveOut: ['ip', 'browserVersion', 'locale'] });
  expect(Object.keys(context)).toEqual(['language', 'device', 'browser', 'os']);
});

it('leaves out what throws, and tells of it', async () => {
  const errors: unknown[] = [];
  const refuse = (): never => {
    throw new Error('no');
  };
  const context = await buildContext({}, facts, {
    targetingKey: refuse,
    country: () => Promise.reject(new Error('nobody knows')),
    attributes: refuse,
    onError: (error) => errors.push(error),
  });
  expect(context).toEqual(derived);
  expect(errors).toHaveLength(3);
});

it('reads own headers only', () => {
  const read = headerReader({ 'x-list': ['a', 'b'], 'x-none': undefined });
  expect(['x-list', 'x-none', 'toString', '__proto__'].map(read)).toEqual([
    'a',
    undefined,
    undefined,
    undefined,
  ]);
});

it('knows no context of a request it has not seen', () => {
  const store = createContextStore<object>();
  const request = {};
  store.set(request, { tier: 'gold' });
  expect([store.get(request), store.get({})]).toEqual([{ tier: 'gold' }, {}]);
});
