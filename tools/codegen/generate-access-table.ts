// Writes packages/contract/src/gen/{access-table,descriptors}.ts from proto/. Part of `npm run generate`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readAccessRows, readForeignRows, renderAccessTable, renderDescriptors } from './access-table.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Builds the descriptor set with buf and writes both files into `outDirectory`. */
export function generateAccessTable(outDirectory = join(root, 'packages/contract/src/gen')): void {
  const descriptorSet = buildDescriptorSet();
  const table = renderAccessTable(readAccessRows(descriptorSet), readForeignRows(descriptorSet));
  writeFileSync(join(outDirectory, 'access-table.ts'), table);
  writeFileSync(join(outDirectory, 'descriptors.ts'), renderDescriptors(descriptorSet));
}

function buildDescriptorSet(): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), 'flags-descriptors-'));
  const file = join(directory, 'contract.binpb');
  try {
    const buf = join(root, 'node_modules/.bin/buf');
    execFileSync(buf, ['build', '.', '--exclude-source-info', '-o', file], {
      cwd: join(root, 'proto'),
      stdio: 'inherit',
    });
    return readFileSync(file);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

if (import.meta.main) generateAccessTable();
