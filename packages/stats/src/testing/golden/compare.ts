// Compares a result with what a golden file expects, field by field, within the file's own tolerances.

/** A field that is missing or too far off. */
export interface Deviation {
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
  readonly relative: number;
  readonly tolerance: number;
}

/** Facts about a case that choose its tolerances. */
export interface ComparedCase {
  /** Tag and number: "large-offset-11". */
  readonly id: string;
  readonly input: unknown;
  readonly expected: unknown;
}

// Golden numbers are rounded from 256 bits: what cancels to 0 exactly stands there as 1e-77, and doubles end at 1e-308.
const denormal = 1e-300;
const roundedZero = 1e-60;

/** All fields of `expected` that the result lacks or misses. */
export function compareCase(
  { id, input, expected }: ComparedCase,
  rtol: Readonly<Record<string, number>>,
  actual: unknown,
): readonly Deviation[] {
  const found: Deviation[] = [];
  visit('', expected, actual);
  return found;

  function visit(path: string, wanted: unknown, got: unknown): void {
    if (Array.isArray(wanted)) {
      if (!Array.isArray(got) || got.length !== wanted.length) return report(path, wanted, got, Infinity, 0);
      wanted.forEach((inner, i) => visit(`${path}[${i}]`, inner, got[i]));
    } else if (typeof wanted === 'object' && wanted !== null) {
      if (typeof got !== 'object' || got === null) return report(path, wanted, got, Infinity, 0);
      for (const [key, inner] of Object.entries(wanted)) {
        const name = path === '' ? key : `${path}.${key}`;
        if (!(key in got)) report(name, inner, undefined, Infinity, 0);
        else visit(name, inner, (got as Record<string, unknown>)[key]);
      }
    } else if (typeof wanted === 'number' && typeof got === 'number') {
      const tolerance = toleranceOf(path, id, input, rtol);
      const relative = distance(path, wanted, got);
      if (!(relative <= tolerance)) report(path, wanted, got, relative, tolerance);
    } else if (wanted !== got) report(path, wanted, got, Infinity, 0);
  }

  function report(path: string, wanted: unknown, got: unknown, relative: number, tolerance: number): void {
    found.push({ path, expected: wanted, actual: got, relative, tolerance });
  }
}

/** Relative distance; for logarithms of probabilities near 1 the distance of the probabilities. */
function distance(path: string, wanted: number, got: number): number {
  if (wanted === got) return 0;
  const size = Math.max(Math.abs(wanted), Math.abs(got));
  if (size < denormal) return 0;
  // The files' own field for the loss of the better of two arms is cut off in the far tail; its other field is exact.
  if (path.startsWith('expected_loss_vs_best') && size < 1e-8) return Math.abs(wanted - got) / 1e-8;
  if (Math.abs(wanted) < roundedZero && got === 0 && !/p|risk|loss/.test(path.split('.').at(-1)!)) return 0;
  const isLog = /(^|\.|_)log(_|$|\[)/.test(path);
  return Math.abs(wanted - got) / (isLog ? Math.max(1, size) : size);
}

/** The widest of the tolerances that name the field, a part of its path, or a tag of the case; else the default. */
function toleranceOf(
  path: string,
  id: string,
  input: unknown,
  rtol: Readonly<Record<string, number>>,
): number {
  const names = path.replaceAll(/\[\d+\]/g, '').split('.');
  const isNamed = (key: string): boolean =>
    names.some((name) => name === key || isPartOf(key, name)) ||
    id.startsWith(`${key}-`) ||
    (key.startsWith('large_parameters') && hasLargeParameters(input)) ||
    isOfKind(input, key);
  const named = Object.entries(rtol).filter(([key]) => key !== 'default' && isNamed(key));
  return Math.max(rtol['default'] ?? 1e-9, ...named.map(([, tolerance]) => tolerance));
}

/** Whether a tolerance for "p", "ci" or "risk" is about the field log_p_two_sided, ci_lower, newcombe_ci, risk_control. */
function isPartOf(key: string, name: string): boolean {
  return name.split('_').includes(key);
}

function hasLargeParameters(input: unknown): boolean {
  const { args = [] } = input as { readonly args?: readonly number[] };
  return args.slice(1).some((x) => x > 1e5) || args[0]! > 1e5;
}

function isOfKind(input: unknown, key: string): boolean {
  const { kind, fn } = input as { readonly kind?: string; readonly fn?: string };
  return kind === key || fn === key;
}
