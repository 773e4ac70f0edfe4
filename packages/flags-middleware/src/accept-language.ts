// The language people prefer, from Accept-Language (RFC 9110, 12.5.4).

/** What the header tells. */
export interface LanguageAttributes {
  /** The primary language: `de` of `de-CH`. */
  readonly language?: string;
  /** The whole tag in its canonical form: `de-CH`. */
  readonly locale?: string;
}

const headerCharsMax = 512;
const rangesMax = 20;

/** The language that is asked for with the highest weight, the first of equal ones; nothing for `*` and for no language. */
export function languageAttributes(header: string | undefined): LanguageAttributes {
  if (!header || header.length > headerCharsMax) return {};
  const ranked = header
    .split(',', rangesMax)
    .map(readRange)
    .sort((a, b) => b.weight - a.weight);
  const locale = ranked.find(({ weight, tag }) => weight > 0 && tag !== undefined)?.tag;
  return locale === undefined ? {} : { language: locale.split('-', 1)[0]!, locale };
}

function readRange(range: string): { readonly tag: string | undefined; readonly weight: number } {
  const [tag = '', ...parameters] = range.split(';').map((part) => part.trim());
  const weight = parameters
    .map((parameter) => /^q=([01](?:\.\d{0,3})?)$/i.exec(parameter)?.[1])
    .find(Boolean);
  return { tag: canonical(tag), weight: Math.min(Number(weight ?? 1), 1) };
}

function canonical(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}
