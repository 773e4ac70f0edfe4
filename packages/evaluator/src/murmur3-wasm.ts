// MurmurHash3 of short ASCII texts in WebAssembly, written by hand (docs/adr/0014). Engines with the JS String Builtins read a
// text's code units here at a quarter of the price of `charCodeAt`: the text's representation is found out once, not for each
// unit. Holds the ASCII case only, and must answer exactly what murmur3.ts does.
import type { HashPrefix } from './murmur3.ts';

/** Texts of up to this many units are taken. The encoder's higher price per call is the lower one for longer texts. */
export const asciiCharsMax = 40;

/**
 * The hash of the prefix's text and an ASCII text of 1 to `asciiCharsMax` units, signed; what is not ASCII is left to the
 * function it was made with.
 */
export type HashAscii = (
  text: string,
  prefix: HashPrefix,
  hash: number,
  pending: number,
  byteLength: number,
) => number;

// Present in every engine of today; absent without a just-in-time compiler. The package's types know neither DOM nor Node.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array, options: { readonly builtins: readonly string[] }) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

/** Undefined where the engine has no such builtins (Node before 24) or is not allowed to compile. */
export function compileHashAscii(
  fallback: (text: string, prefix: HashPrefix) => number,
): HashAscii | undefined {
  try {
    const module = new WebAssembly.Module(Uint8Array.from(moduleBytes()), { builtins: ['js-string'] });
    const { exports } = new WebAssembly.Instance(module, { js: { fallback } });
    return (exports as { readonly hash: HashAscii }).hash;
  } catch {
    return undefined;
  }
}

// Opcodes, types and sections of the binary format (WebAssembly core specification, 5).
const [i32, i64, externref, functionType] = [0x7f, 0x7e, 0x6f, 0x60];
const [returnOp, end, drop] = [0x0f, 0x0b, 0x1a];
const [and, or, xor, shl, shr, rotl] = [0x71, 0x72, 0x73, 0x74, 0x76, 0x77];
const [add, mul, less, greater, greaterOrEqual] = [0x6a, 0x6c, 0x49, 0x4b, 0x4f];
const [mulWide, shlWide, shrWide, widen, narrow] = [0x7e, 0x86, 0x88, 0xad, 0xa7];
const get = (local: number): readonly number[] => [0x20, local];
const set = (local: number): readonly number[] => [0x21, local];
const tee = (local: number): readonly number[] => [0x22, local];
const call = (index: number): readonly number[] => [0x10, index];
const constant = (value: number): readonly number[] => [0x41, ...signedLeb(value)];
const constantWide = (value: number): readonly number[] => [0x42, ...signedLeb(value)];
const block = (...body: readonly (readonly number[])[]): readonly number[] => [
  0x02,
  0x40,
  ...body.flat(),
  end,
];
const when = (...body: readonly (readonly number[])[]): readonly number[] => [
  0x04,
  0x40,
  ...body.flat(),
  end,
];
const leaveIf: readonly number[] = [0x0d, 0];

// Parameters, then locals.
const [text, prefix, hash, pending, byteLength] = [0, 1, 2, 3, 4];
/** How many bits are pending; the text's length; where the tail starts; all units seen, as bits; a block's units; one unit. */
const [pendingBits, length, at, seen, word, unit] = [5, 6, 7, 8, 9, 10];
/** 64 bits: two to the power of the pending bits; a word times that. */
const [factor, shifted] = [11, 12];
// Imported functions, in their order.
const [lengthOf, charCodeAt, fallback] = [0, 1, 2];

/** Adds a unit to the word, as its n-th byte. */
const readUnit = (index: readonly number[], n: number): readonly number[] => [
  ...[...get(text), ...index, ...call(charCodeAt), ...tee(unit)],
  ...[...get(seen), or, ...set(seen)],
  ...[...get(unit), ...constant(8 * n), shl, ...get(word), or, ...set(word)],
];

const scramble = (value: readonly number[]): readonly number[] => [
  ...[...value, ...constant(0xcc9e2d51), mul, ...constant(15), rotl],
  ...[...constant(0x1b873593), mul],
];

/** Puts the word behind the pending bytes. A product, because processors shift by variable distances slowly. */
const appendWord: readonly number[] = [
  ...[...get(word), widen, ...get(factor), mulWide, ...set(shifted)],
  ...[...get(pending), ...get(shifted), narrow, or, ...set(pending)],
];

/** Mixes the pending bytes, a whole block now; what of the word did not fit into it is pending then. */
const mixBlock: readonly number[] = [
  ...[...get(hash), ...scramble(get(pending)), xor, ...constant(13), rotl],
  ...[...constant(5), mul, ...constant(0xe6546b64), add, ...set(hash)],
  ...[...get(shifted), ...constantWide(32), shrWide, narrow, ...set(pending)],
];

/** A block whose units have constant places: engines reach those with fewer instructions than a loop's. */
const wholeBlock = (start: number): readonly number[] => [
  ...[...constant(start), ...set(at)],
  ...[...get(length), ...constant(start + 4), less, ...leaveIf],
  ...[...constant(0), ...set(word)],
  ...[0, 1, 2, 3].flatMap((n) => readUnit(constant(start + n), n)),
  ...[...appendWord, ...mixBlock],
];

const tail: readonly number[] = [
  ...[...constant(0), ...set(word)],
  ...block(
    ...[0, 1, 2].map((n) => {
      const index = [...get(at), ...constant(n), add];
      return [...index, ...get(length), greaterOrEqual, ...leaveIf, ...readUnit(index, n)];
    }),
  ),
];

const shiftedXor = (bits: number): readonly number[] => [
  ...[...tee(hash), ...get(hash), ...constant(bits), shr, xor],
];

const body: readonly number[] = [
  ...[...get(text), ...call(lengthOf), ...set(length)],
  // Here, where nothing depends on the length yet, the text's representation is found out for all reads that follow.
  ...[...get(text), ...constant(0), ...call(charCodeAt), drop],
  ...[...get(byteLength), ...constant(3), and, ...constant(3), shl, ...tee(pendingBits)],
  ...[widen, ...set(factor), ...constantWide(1), ...get(factor), shlWide, ...set(factor)],
  ...block(...Array.from({ length: asciiCharsMax / 4 }, (_, index) => wholeBlock(index * 4)), [
    ...constant(asciiCharsMax),
    ...set(at),
  ]),
  ...tail,
  ...[...get(seen), ...constant(127), greater],
  ...when([...get(text), ...get(prefix), ...call(fallback), returnOp]),
  ...appendWord,
  ...[...get(length), ...constant(3), and, ...constant(3), shl, ...get(pendingBits), add],
  ...[...constant(32), greaterOrEqual, ...when(mixBlock)],
  ...[...get(hash), ...scramble(get(pending)), xor, ...get(byteLength), ...get(length), add, xor],
  ...[...shiftedXor(16), ...constant(0x85ebca6b), mul],
  ...[...shiftedXor(13), ...constant(0xc2b2ae35), mul],
  ...[...shiftedXor(16), end],
];

function moduleBytes(): readonly number[] {
  const types = [
    [functionType, ...vector([[externref]]), ...vector([[i32]])],
    [functionType, ...vector([[externref], [i32]]), ...vector([[i32]])],
    [functionType, ...vector([[externref], [externref]]), ...vector([[i32]])],
    [functionType, ...vector([[externref], [externref], [i32], [i32], [i32]]), ...vector([[i32]])],
  ];
  const imports = [
    [...name('wasm:js-string'), ...name('length'), 0, 0],
    [...name('wasm:js-string'), ...name('charCodeAt'), 0, 1],
    [...name('js'), ...name('fallback'), 0, 2],
  ];
  const locals = vector([
    [unit - byteLength, i32],
    [shifted - unit, i64],
  ]);
  const code = [...leb(locals.length + body.length), ...locals, ...body];
  return [
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, imports),
    ...section(3, [[3]]),
    ...section(7, [[...name('hash'), 0, imports.length]]),
    ...section(10, [code]),
  ];
}

function section(id: number, entries: readonly (readonly number[])[]): readonly number[] {
  const content = vector(entries);
  return [id, ...leb(content.length), ...content];
}

function vector(entries: readonly (readonly number[])[]): readonly number[] {
  return [...leb(entries.length), ...entries.flat()];
}

function name(letters: string): readonly number[] {
  return vector(Array.from(letters, (letter) => [letter.charCodeAt(0)]));
}

function leb(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}

function signedLeb(value: number): readonly number[] {
  const signed = value | 0;
  const isLast = signed >= -64 && signed < 64;
  return isLast ? [signed & 127] : [(signed & 127) | 128, ...signedLeb(signed >> 7)];
}
