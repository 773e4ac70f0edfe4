// The examples of documents, run as they stand there: what a line says it prints, it prints.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAdminClient } from '@org/flags-admin';
import { adminKey, startCore, type CoreProcess } from '@org/tools/cluster/core-process';
import { root, run } from '@org/tools/lib/run';

let core: CoreProcess;
beforeAll(async () => {
  core = await startCore();
  const admin = createAdminClient({ url: core.httpUrl, key: adminKey });
  await admin.createProject({ key: 'shop' });
  await admin.createEnvironment({ project: 'shop', key: 'production' });
});
afterAll(() => core.close());

it.each(['admin', 'hooks', 'configuration'])('docs/%s.md does what it says', async (name) => {
  const text = readFileSync(join(root, `docs/${name}.md`), 'utf8');
  const program = Array.from(text.matchAll(/^```ts\n([^]*?)^```/gm), ([, code]) => code).join('\n');
  const printed = Array.from(program.matchAll(/\/\/ prints (.*)$/gm), ([, line]) =>
    line!.split(' / '),
  ).flat();
  expect(printed.length).toBeGreaterThan(2);
  mkdirSync(join(root, '.cache'), { recursive: true });
  // Below the repository, so that the packages are found.
  const folder = mkdtempSync(join(root, '.cache/documents-'));
  try {
    writeFileSync(join(folder, 'example.ts'), program);
    // Where the test's own output is coloured, the example's would be, too.
    const env = { FORCE_COLOR: '0', FLAGS_URL: core.httpUrl, FLAGS_ADMIN_KEY: adminKey };
    const { code, output } = await run(process.execPath, ['--conditions=@org/source', 'example.ts'], {
      cwd: folder,
      env,
    });
    expect(code, output).toBe(0);
    expect(output.trim().split('\n')).toEqual(printed);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
