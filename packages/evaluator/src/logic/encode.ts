// What logic answers as the name of a variant. flagd writes the answer as JSON (Go's, which escapes <, > and & as well),
// takes every quotation mark out, and looks the rest up.
import { fail } from './run.ts';
import { isList, isMembers, itemOf, memberOf, namesOf, type Value } from './values.ts';

/** No variant has a longer name, and no mark that is taken out makes a text shorter than this. */
const nameCharsMax = 2_048;

/** The name; null when nothing was answered, undefined when it is longer than any variant's. */
export function variantNameOf(value: Value): string | null | undefined {
  if (value === null) return null;
  if (typeof value === 'string' && plain.test(value)) return value;
  const encoder = { text: '' };
  return encode(value, encoder) ? encoder.text.replaceAll('"', '') : undefined;
}

/** Nothing to be escaped, and nothing to be trimmed. */
const plain = /^[\w.:/ -]{1,256}$/;

/** False when the text became too long to be of use. */
function encode(value: Value, into: { text: string }): boolean {
  if (into.text.length > nameCharsMax) return false;
  if (isList(value)) return encodeAll('[', ']', value.length, into, (i) => encode(itemOf(value, i), into));
  if (isMembers(value)) {
    const names = namesOf(value).length > nameCharsMax ? [] : [...namesOf(value)].sort(byCodePoints);
    return encodeAll('{', '}', names.length, into, (i) => {
      into.text += `${encodeText(names[i]!)}:`;
      return encode(memberOf(value, names[i]!), into);
    });
  }
  if (typeof value === 'string' && value.length > nameCharsMax) return false;
  into.text += typeof value === 'string' ? encodeText(value) : encodeOther(value);
  return true;
}

function encodeAll(
  open: string,
  close: string,
  length: number,
  into: { text: string },
  one: (index: number) => boolean,
): boolean {
  into.text += open;
  for (let i = 0; i < length; i++) {
    if (i > 0) into.text += ',';
    if (!one(i)) return false;
  }
  into.text += close;
  return true;
}

/** JSON has no infinities: Go refuses to write the answer. */
function encodeOther(value: Value): string {
  if (typeof value !== 'number') return String(value);
  if (!Number.isFinite(value)) return fail();
  return Object.is(value, -0) ? '-0' : String(value);
}

const encodeText = (text: string): string =>
  JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const byCodePoints = (a: string, b: string): number => {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!;
    if (order !== 0) return order;
  }
  return left.length - right.length;
};
