// Mends faults of what ts-proto generates. `target[key] = value` loses a member called `__proto__` and makes its value the
// prototype of the target instead (R25); times before 1970 get negative nanoseconds, which no other language takes; a
// google.protobuf.Value that is null in JSON is read as absent. Must leave everything else as it was generated.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const assignment = /^(\s*)((?:message|struct|obj)\.\w+|acc|object)\[((?:entry\d+\.)?(?:key|k))\] = (.*);$/gm;
const firstImport = /^import /m;
const truncatedSeconds = 'Math.trunc(date.getTime() / 1_000)';
const presentValue = /isSet\(object\?\.(\w+)\) \? object\.\1 : undefined/g;
const signedNanos = '(date.getTime() % 1_000) * 1_000_000';

/** The text with members set by `setOwn`, which it then imports from `helper`, times rounded down, null kept. */
export function mend(text: string, helper: string): string {
  const timed = text
    .replace(truncatedSeconds, 'Math.floor(date.getTime() / 1_000)')
    .replace(signedNanos, '(date.getTime() - seconds * 1_000) * 1_000_000')
    .replace(presentValue, 'object?.$1 !== undefined ? object.$1 : undefined');
  const mended = timed.replace(assignment, '$1setOwn($2, $3, $4);');
  return mended === timed
    ? timed
    : mended.replace(firstImport, `import { setOwn } from "${helper}";\nimport `);
}

/** Mends every file of generated protobuf code, three folders below the helper. */
export function mendGeneratedCode(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const file = join(entry.parentPath, entry.name);
    const text = readFileSync(file, 'utf8');
    const mended = mend(text, '../../../set-own.ts');
    if (mended !== text) writeFileSync(file, mended);
  }
}
