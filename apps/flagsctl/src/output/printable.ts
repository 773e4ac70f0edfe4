// Text for terminals: what others wrote into documents must not move the cursor or change colours.

const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** The text with control characters as escapes; line breaks and tabs stay. */
export const printable = (text: string): string =>
  text.replace(control, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The same on one line. */
export const oneLine = (text: string): string => printable(text).replace(/\s+/g, ' ').trim();

/** Columns, as wide as their contents; the last one is not padded. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const lines = [header, ...rows].map((row) => row.map(oneLine));
  const widths = header.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines.map((line) =>
    line
      .map((cell, column) => (column === line.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
