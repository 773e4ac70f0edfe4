import { expect, it } from 'vitest';
import { languageAttributes } from './accept-language.ts';

it.each([
  ['de', { language: 'de', locale: 'de' }],
  ['de-ch, en;q=0.9', { language: 'de', locale: 'de-CH' }],
  ['en;q=0.5, fr-CA;q=0.8, *;q=0.1', { language: 'fr', locale: 'fr-CA' }],
  ['en;q=0, es', { language: 'es', locale: 'es' }],
  ['ZH-hant-tw', { language: 'zh', locale: 'zh-Hant-TW' }],
  ['*, pt-BR;q=0.7', { language: 'pt', locale: 'pt-BR' }],
  ['en;q=9, de', { language: 'en', locale: 'en' }],
])('reads %s', (header, attributes) => {
  expect(languageAttributes(header)).toEqual(attributes);
});

it.each([undefined, '', '*', 'en;q=0', '; q=1', '__proto__', 'x'.repeat(600), 'ü', ',,,'])(
  'reads no language in %j',
  (header) => {
    expect(languageAttributes(header)).toEqual({});
  },
);
