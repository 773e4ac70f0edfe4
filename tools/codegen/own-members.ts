// Mends what ts-proto generates for maps and structs: `target[key] = value` loses a member called `__proto__` and makes
// its value the prototype of the target instead (R25). Must leave everything else as it was generated.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const assignment = /^(\s*)((?:message|struct|obj)\.\w+|acc|object)\[((?:entry\d+\.)?(?:key|k))\] = (.*);$/gm;
const firstImport = /^import /m;

/** The text with such assignments replaced by `setOwn`, which it then imports from `helper`. */
export function withOwnMembers(text: string, helper: string): string {
  const mended = text.replace(assignment, '$1setOwn($2, $3, $4);');
  return mended === text ? text : mended.replace(firstImport, `import { setOwn } from "${helper}";\nimport `);
}

/** Mends every file of generated protobuf code, three folders below the helper. */
export function mendGeneratedCode(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const file = join(entry.parentPath, entry.name);
    const text = readFileSync(file, 'utf8');
    const mended = withOwnMembers(text, '../../../set-own.ts');
    if (mended !== text) writeFileSync(file, mended);
  }
}
