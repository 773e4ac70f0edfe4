// Mends faults of what ts-proto generates. `target[key] = value` loses a member called `__proto__` and makes its value the
// prototype of the target instead (R25); times before 1970 get negative nanoseconds, which no other language takes; a
// google.protobuf.Value that is null in JSON is read as absent; a number that an enum does not have yet makes a whole binary
// message unreadable. Must leave everything else as it was generated.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const assignment = /^(\s*)((?:message|struct|obj)\.\w+|acc|object)\[((?:entry\d+\.)?(?:key|k))\] = (.*);$/gm;
const enumDecoding = /\b(\w+FromJSON)\(reader\.int32\(\)\)/g;
const firstImport = /^import /m;
const truncatedSeconds = 'Math.trunc(date.getTime() / 1_000)';
const presentValue = /isSet\(object\?\.(\w+)\) \? object\.\1 : undefined/g;
const signedNanos = '(date.getTime() % 1_000) * 1_000_000';

/** Where generated code finds the helpers that mended code calls. */
export interface Helpers {
  readonly setOwn: string;
  readonly openEnum: string;
}

/** The text with members set by `setOwn`, enums read by `openEnum`, times rounded down, null kept. */
export function mend(text: string, helpers: Helpers): string {
  const timed = text
    .replace(truncatedSeconds, 'Math.floor(date.getTime() / 1_000)')
    .replace(signedNanos, '(date.getTime() - seconds * 1_000) * 1_000_000')
    .replace(presentValue, 'object?.$1 !== undefined ? object.$1 : undefined');
  const owned = withHelper(timed, assignment, '$1setOwn($2, $3, $4);', `{ setOwn } from "${helpers.setOwn}"`);
  return withHelper(
    owned,
    enumDecoding,
    'openEnum($1, reader.int32())',
    `{ openEnum } from "${helpers.openEnum}"`,
  );
}

function withHelper(text: string, pattern: RegExp, replacement: string, imported: string): string {
  const mended = text.replace(pattern, replacement);
  return mended === text ? text : mended.replace(firstImport, `import ${imported};\nimport `);
}

/** Mends every file of generated protobuf code; the helpers stand one folder above it. */
export function mendGeneratedCode(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const file = join(entry.parentPath, entry.name);
    const text = readFileSync(file, 'utf8');
    const up = '../'.repeat(relative(folder, entry.parentPath).split(sep).length + 1);
    const mended = mend(text, { setOwn: `${up}set-own.ts`, openEnum: `${up}open-enum.ts` });
    if (mended !== text) writeFileSync(file, mended);
  }
}
