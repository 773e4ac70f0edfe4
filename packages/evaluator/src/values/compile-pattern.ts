// Gives a pattern to the engine of the platform. The only place that makes a regular expression of data: the pattern must
// have been checked by `checkPattern`, at commit at the latest.

/** `.` takes line ends too, characters are code points. @throws for what is no pattern at all */
export const compilePattern = (pattern: string): RegExp =>
  // eslint-disable-next-line no-restricted-syntax -- Checked data: linear in every engine.
  new RegExp(pattern, 'su');
