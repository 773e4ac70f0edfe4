// Finds flags in one file's text: keys between quotes, accessors of a generated module, and keys that the environment does
// not have where an SDK is asked for them. Knows no language; a match is a place to look at. Pure.

/** A place in a file. */
export interface Place {
  readonly line: number;
  readonly column: number;
  /** The line, cut to 200 characters. */
  readonly text: string;
}

export interface FoundKey extends Place {
  readonly key: string;
  readonly by: 'literal' | 'accessor';
}

/** What is looked for. */
export interface Wanted {
  readonly keys: ReadonlySet<string>;
  /** Flag keys by the name of their accessor; empty without a generated module. */
  readonly accessors: ReadonlyMap<string, string>;
}

export interface ScannedText {
  readonly found: readonly FoundKey[];
  /** Keys that an SDK is asked for and that are no flags. */
  readonly unknown: readonly (Place & { readonly key: string })[];
}

const keyCharsMax = 256;
const lineCharsMax = 20_000;
const textCharsMax = 200;
const quotes = /["'`]/g;
const accessor = /\.([\p{ID_Start}$_][\p{ID_Continue}$]*)/gu;
/** Our SDKs' methods with a key and a default, and OpenFeature's in the languages it has. */
const asks =
  /(?:\.(?:boolean|string|number|object)|(?:get_?|resolve_?|use|\b)(?:boolean|string|number|integer|int|float|double|object)_?(?:flag_?)?(?:value_?)?(?:value|details))(?:async)?\(\s*(?:ctx\s*,\s*|context\.\w+\(\)\s*,\s*)?(["'`])([^"'`\\\n]{1,256})\1\s*,/gi;

/** Scans a text line by line. */
export function scanText(text: string, { keys, accessors }: Wanted): ScannedText {
  const found: FoundKey[] = [];
  const unknown: (Place & { key: string })[] = [];
  text.split('\n').forEach((lineText, index) => {
    // Of minified files nobody can do anything with a place.
    if (lineText.length > lineCharsMax) return;
    const at = (column: number): Place => ({
      line: index + 1,
      column: column + 1,
      text: lineText.trim().slice(0, textCharsMax),
    });
    for (const [column, key] of quotedParts(lineText)) {
      if (keys.has(key)) found.push({ key, by: 'literal', ...at(column) });
    }
    if (accessors.size > 0) {
      for (const match of lineText.matchAll(accessor)) {
        const key = accessors.get(match[1]!);
        if (key !== undefined) found.push({ key, by: 'accessor', ...at(match.index + 1) });
      }
    }
    for (const match of lineText.matchAll(asks)) {
      if (!keys.has(match[2]!)) unknown.push({ key: match[2]!, ...at(match.index) });
    }
  });
  return { found, unknown };
}

/** What stands between two neighbouring quotes of one sort: an apostrophe elsewhere in the line changes nothing. */
function* quotedParts(line: string): Generator<readonly [column: number, text: string]> {
  const last = new Map<string, number>();
  for (const { 0: quote, index } of line.matchAll(quotes)) {
    const start = last.get(quote);
    if (start !== undefined && index - start - 1 <= keyCharsMax)
      yield [start + 1, line.slice(start + 1, index)];
    last.set(quote, index);
  }
}
