// Texts without regard to case (docs/spec/evaluation.md, `ignoreCase`). Knows no locale, so it is the same everywhere.

/**
 * Every code point by its simple lower-case mapping. Engines map two letters otherwise: the dotted capital I becomes two
 * code points, and a sigma becomes another letter at the end of a word.
 */
export const foldCase = (text: string): string =>
  text.replaceAll('İ', 'i').replaceAll('Σ', 'σ').toLowerCase();
