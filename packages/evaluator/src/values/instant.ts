// Instants and durations as tests write them (docs/spec/evaluation.md). Small: the browser SDK carries this file.

const instantForm =
  /^(\d{4}-\d\d-(\d\d))(?:T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d)))?$/i;
const durationForm =
  /^P(?=.)(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$/;

/** The clock: milliseconds since 1970. */
export type Now = () => number;

/** Milliseconds since 1970 of a finite number, an RFC 3339 date-time or date, or a Date; NaN for anything else. */
export const instantOf = (value: unknown): number => {
  if (typeof value === 'number') return Number.isFinite(value) ? value : NaN;
  if (value instanceof Date) return value.getTime();
  const parts = typeof value === 'string' && instantForm.exec(value);
  if (!parts) return NaN;
  const midnight = Date.parse(parts[1]!);
  // Engines let February the 30th pass as March the 2nd.
  if (new Date(midnight).getUTCDate() !== Number(parts[2])) return NaN;
  const [hours, minutes, seconds, offsetHours, offsetMinutes] = [3, 4, 5, 8, 9].map((at) =>
    Number(parts[at] ?? 0),
  );
  const offset = (offsetHours! * 60 + offsetMinutes!) * (parts[7] === '-' ? -1 : 1);
  const fraction = `${parts[6] ?? ''}00`.slice(0, 3);
  return midnight + ((hours! * 60 + minutes! - offset) * 60 + seconds!) * 1000 + Number(fraction);
};

/** Milliseconds of an ISO 8601 duration of weeks, days, hours, minutes and seconds; NaN for anything else. */
export const durationOf = (text: unknown): number => {
  const parts = typeof text === 'string' && durationForm.exec(text);
  if (!parts) return NaN;
  return [7 * 86_400, 86_400, 3600, 60, 1].reduce(
    (sum, seconds, index) => sum + seconds * 1000 * Number(parts[index + 1] ?? 0),
    0,
  );
};

/** Milliseconds since 1970 of a bound, which may be relative to the clock; NaN for anything else, and without a clock. */
export const boundOf = (operand: unknown, now: Now | undefined): number => {
  const { ago, ahead } = (operand ?? {}) as { readonly ago?: unknown; readonly ahead?: unknown };
  if (ago === undefined && ahead === undefined) return instantOf(operand);
  return (now?.() ?? NaN) + (ago === undefined ? durationOf(ahead) : -durationOf(ago));
};
