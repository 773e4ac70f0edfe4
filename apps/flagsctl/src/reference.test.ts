// docs/flagsctl.md holds what the commands say of themselves. FLAGS_UPDATE_DOCS=1 writes it anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { createProgram } from './program.ts';
import { commandReference, exitCodeReference } from './reference.ts';

const path = fileURLToPath(new URL('../../../docs/flagsctl.md', import.meta.url));
const io = { stdout() {}, stderr() {}, readStdin: async () => '', env: {}, folder: '' };

it('is what docs/flagsctl.md holds', () => {
  const parts = { commands: commandReference(createProgram(io)).trim(), 'exit codes': exitCodeReference() };
  const text = readFileSync(path, 'utf8');
  const fresh = Object.entries(parts).reduce(
    (whole, [name, part]) =>
      whole.replace(
        new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`),
        (_, open: string, close: string) => `${open}${part}\n${close}`,
      ),
    text,
  );
  if (process.env['FLAGS_UPDATE_DOCS'] === '1') writeFileSync(path, fresh);
  expect(fresh, 'stale: FLAGS_UPDATE_DOCS=1 npx vitest run --root apps/flagsctl reference').toBe(
    readFileSync(path, 'utf8'),
  );
});
