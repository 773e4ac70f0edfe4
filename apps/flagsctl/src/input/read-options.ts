// Options that are more than a text: pairs, values, numbers. Refuses what it cannot read, by commander's own error.
import { InvalidArgumentError } from 'commander';
import { parseData } from './read-data.ts';

/** An option that may be given several times. */
export const collect = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  text,
];

/** A whole number from 0. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('A whole number is expected.');
  return Number(text);
}

/** Seconds, more than 0. */
export function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 600)) throw new InvalidArgumentError('Seconds, more than 0 and at most 600.');
  return value;
}

/** A finite number. */
export function real(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('A number is expected.');
  return value;
}

/** A finite number above 0. */
export function positive(text: string): number {
  const value = real(text);
  if (value <= 0) throw new InvalidArgumentError('A number above 0 is expected.');
  return value;
}

/** A percentage in steps of 0.001. */
export function percent(text: string): number {
  const value = real(text);
  if (value < 0 || value > 100 || Math.abs(value * 1_000 - Math.round(value * 1_000)) > 1e-6)
    throw new InvalidArgumentError('A percentage from 0 to 100 in steps of 0.001 is expected.');
  return value;
}

/** `old=1,new=1`: names with whole numbers. */
export function shares(text: string): readonly (readonly [string, number])[] {
  return text.split(',').map((part) => {
    const [, name, weight] = /^\s*(.+?)\s*=\s*(\d{1,10})\s*$/.exec(part) ?? [];
    if (name === undefined)
      throw new InvalidArgumentError('Variants with whole weights are expected: old=1,new=1.');
    return [name, Number(weight)] as const;
  });
}

/** A time in RFC 3339. */
export function instant(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime()))
    throw new InvalidArgumentError('A time is expected, e.g. 2027-01-31T09:00:00Z.');
  return date;
}

/** `name=value`, several times. */
export function pair(
  text: string,
  before: readonly (readonly [string, string])[] | undefined,
): readonly (readonly [string, string])[] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('name=value is expected.');
  return [...(before ?? []), [text.slice(0, at), text.slice(at + 1)]];
}

/** A value as YAML reads it: `true`, `1.5`, `text`, `{a: 1}`, `"1"`. */
export function valueOf(text: string): unknown {
  return text === '' ? '' : parseData(text, `value ${JSON.stringify(text.slice(0, 40))}`);
}
