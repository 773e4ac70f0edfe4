// Instants and durations as tests write them (docs/spec/evaluation.md). Small: the browser SDK carries this file.

/** The clock: milliseconds since 1970. */
export type Now = () => number;

const instantForm =
  /^(\d{4}-\d\d-(\d\d))(?:T((?:[01]\d|2[0-3])(?::[0-5]\d){2})(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d)))?$/i;
const durationForm = /^P(?=.)(\d{1,5}W)?(\d{1,5}D)?(?:T(?=.)(\d{1,9}H)?(\d{1,9}M)?(\d{1,9}S)?)?$/;

/** Milliseconds since 1970 of a finite number, an RFC 3339 date-time or date, or a Date; NaN for anything else. */
export const instantOf = (value: unknown): number => {
  if (Number.isFinite(value)) return value as number;
  if (value instanceof Date) return value.getTime();
  const parts = (typeof value === 'string' && instantForm.exec(value)) || [];
  const [, date, day, time = '00:00:00', fraction = '', sign = '+', hours = 0, minutes = 0] = parts;
  const at = Date.parse(`${date}T${time}Z`);
  // Engines let February the 30th pass as March the 2nd.
  return new Date(at).getUTCDate() === Number(day)
    ? at +
        Number(`${fraction}000`.slice(0, 3)) -
        Number(`${sign}60000`) * (Number(hours) * 60 + Number(minutes))
    : NaN;
};

/** Milliseconds of an ISO 8601 duration of weeks, days, hours, minutes and seconds; NaN for anything else. */
export const durationOf = (text: unknown): number => {
  const parts = typeof text === 'string' && durationForm.exec(text);
  if (!parts) return NaN;
  return [604_800, 86_400, 3600, 60, 1].reduce(
    (sum, seconds, at) => sum + seconds * 1000 * parseInt(parts[at + 1] ?? '0'),
    0,
  );
};

/** Milliseconds since 1970 of a bound, which may be relative to the clock; NaN for anything else, and without a clock. */
export const boundOf = (operand: unknown, now: Now | undefined): number => {
  const { ago, ahead } = (operand ?? {}) as { readonly ago?: unknown; readonly ahead?: unknown };
  if (ago === undefined && ahead === undefined) return instantOf(operand);
  return (now?.() ?? NaN) + (ago === undefined ? durationOf(ahead) : -durationOf(ago));
};
