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
