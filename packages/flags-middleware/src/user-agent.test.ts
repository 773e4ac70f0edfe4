import { expect, it } from 'vitest';
import { userAgentAttributes } from './user-agent.ts';

it.each([
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.109 Safari/537.36',
    { device: 'desktop', browser: 'Chrome', browserVersion: '120.0.6099', os: 'Windows', osVersion: '10' },
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Mobile/15E148 Safari/604.1',
    { device: 'mobile', browser: 'Safari', browserVersion: '17.2', os: 'iOS', osVersion: '17.2' },
  ],
  [
    'Mozilla/5.0 (iPad; CPU OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 Mobile/15E148 Safari/604.1',
    { device: 'tablet', browser: 'Safari', browserVersion: '16.5', os: 'iOS', osVersion: '16.5' },
  ],
  [
    'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36',
    { device: 'mobile', browser: 'Chrome', browserVersion: '120.0.0', os: 'Android', osVersion: '14' },
  ],
  [
    'Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0',
    { device: 'desktop', browser: 'Firefox', browserVersion: '121.0', os: 'Linux' },
  ],
  [
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    { device: 'bot', browser: 'Googlebot', browserVersion: '2.1' },
  ],
])('reads %s', (userAgent, attributes) => {
  expect(userAgentAttributes(userAgent)).toEqual(attributes);
});

it.each([
  undefined,
  '',
  'curl/8.5.0',
  'grpc-node-js/1.14.7',
  '__proto__',
  `Chrome/1 ${'x'.repeat(600)}`,
  '\u0000',
  'ü',
])('leaves out what %j does not tell', (userAgent) => {
  expect(userAgentAttributes(userAgent)).toEqual({});
});
