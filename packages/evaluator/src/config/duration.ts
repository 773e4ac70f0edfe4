// Durations of configurations as numbers and back: ISO 8601 of days to seconds, to the millisecond.

const form = /^P(?=.)(?:(\d{1,9})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,3})?)S)?)?$/;

/** Milliseconds; NaN for what is no such duration. */
export function parseDuration(text: unknown): number {
  const parts = typeof text === 'string' ? form.exec(text) : null;
  if (parts === null) return NaN;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = parts;
  const whole = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000;
  return whole + Math.round(Number(seconds) * 1000);
}

/** The shortest text of so many milliseconds, which must be 0 or more; rounded to whole ones. */
export function durationText(ms: number): string {
  const whole = Math.round(ms);
  const parts = [
    Math.floor(whole / 86_400_000),
    Math.floor(whole / 3_600_000) % 24,
    Math.floor(whole / 60_000) % 60,
  ];
  const [days = 0, hours = 0, minutes = 0] = parts;
  const seconds = (whole % 60_000) / 1000;
  const time = part(hours, 'H') + part(minutes, 'M') + part(seconds, 'S');
  const text = part(days, 'D') + (time === '' ? '' : `T${time}`);
  return text === '' ? 'PT0S' : `P${text}`;
}

const part = (count: number, unit: string): string => (count === 0 ? '' : `${count}${unit}`);
