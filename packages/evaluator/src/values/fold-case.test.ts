import { expect, it } from 'vitest';
import { foldCase } from './fold-case.ts';

it('lowers every letter by itself', () => {
  expect(foldCase('ÄÖÜ Straße ÉCOLE ЖЮ')).toBe('äöü straße école жю');
  expect(foldCase('ΟΔΟΣ')).toBe('οδοσ');
  expect(foldCase('İIıi')).toBe('iiıi');
  expect(foldCase('\u{10400}')).toBe('\u{10428}');
});

it('joins no letters that are only related', () => {
  expect(foldCase('ẞ')).toBe('ß');
  expect(foldCase('ς')).toBe('ς');
  expect(foldCase('ſ')).toBe('ſ');
  expect(foldCase('\ud800A')).toBe('\ud800a');
});

it('is what lowering code point by code point gives', () => {
  const letters = Array.from({ length: 0x1_f000 }, (_, point) => String.fromCodePoint(point));
  const wrong = letters.filter((letter) => {
    const lower = String.fromCodePoint(letter.toLowerCase().codePointAt(0)!);
    return foldCase(`x${letter}`) !== `x${lower}`;
  });
  expect(wrong).toEqual([]);
});
