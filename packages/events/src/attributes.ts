// Attributes of a metric event as the core will take them: one event that breaks a rule would have its whole batch refused.
import { attributesBytesMax, attributesDepthMax } from './limits.ts';

/** UTF-8 bytes of a text; a lone surrogate counts as the three bytes of its replacement. */
const utf8Bytes = (text: string): number => {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes;
};

const isWithin = (value: unknown, levels: number): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (levels > 0 && Object.values(value).every((part) => isWithin(part, levels - 1)));

/** Members named "__proto__" do not survive the way through every protobuf library. */
const withoutProto = (name: string, value: unknown): unknown => (name === '__proto__' ? undefined : value);

/** Escapes and UTF-8 make no more than six bytes of a character. */
const plainCharsMax = attributesBytesMax / 6;

/** The usual attributes, a few plain members, without the way over JSON; undefined when they are not of that sort. */
const copyPlain = (attributes: unknown): { [name: string]: unknown } | undefined => {
  if (typeof attributes !== 'object' || attributes === null) return undefined;
  if (Object.getPrototypeOf(attributes) !== Object.prototype || 'toJSON' in attributes) return undefined;
  const copy: { [name: string]: unknown } = {};
  let chars = 0;
  for (const name of Object.keys(attributes)) {
    const value = (attributes as { readonly [name: string]: unknown })[name];
    const isPlain = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
    // A number has up to 24 characters; quotes, colon and comma come on top.
    chars += name.length + (typeof value === 'string' ? value.length : 24) + 6;
    if (!isPlain || name === '__proto__' || chars > plainCharsMax) return undefined;
    // JSON knows no negative zero.
    copy[name] = value === 0 ? 0 : value;
  }
  return copy;
};

/** A copy of plain JSON; undefined when it is none, too large or too deep. Never throws. */
export const copyAttributes = (attributes: unknown): { [name: string]: unknown } | undefined => {
  try {
    const plain = copyPlain(attributes);
    if (plain) return plain;
    const json = JSON.stringify(attributes);
    if (json.length > attributesBytesMax || utf8Bytes(json) > attributesBytesMax) return undefined;
    const copy: unknown = JSON.parse(json, withoutProto);
    const fits =
      typeof copy === 'object' && copy !== null && !Array.isArray(copy) && isWithin(copy, attributesDepthMax);
    return fits ? (copy as { [name: string]: unknown }) : undefined;
  } catch {
    return undefined;
  }
};
