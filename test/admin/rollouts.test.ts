// docs/rollouts.md, followed to the letter: its commands and programs in their order, against a core.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAdminClient } from '@org/flags-admin';
import { adminKey, startCore } from '@org/tools/cluster/core-process';
import { root, run } from '@org/tools/lib/run';

let core: Awaited<ReturnType<typeof startCore>>;
beforeAll(async () => {
  core = await startCore();
  const admin = createAdminClient({ url: core.httpUrl, key: adminKey });
  await admin.createProject({ key: 'demo' });
  await admin.createEnvironment({ project: 'demo', key: 'example' });
}, 180_000);
afterAll(() => core.close());

/** The commands as they stand there; programs are files of the names that their first lines say. */
function scriptOf(text: string, folder: string): string {
  for (const [, code, name] of text.matchAll(/^```ts\n(\/\/ (\S+\.ts)\n[^]*?)^```/gm))
    writeFileSync(join(folder, name!), code!);
  return Array.from(text.matchAll(/^```sh\n([^]*?)^```/gm), ([, code]) => code!).join('');
}

it('does what it says', { timeout: 400_000 }, async () => {
  const text = readFileSync(join(root, 'docs/rollouts.md'), 'utf8');
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache/rollouts-'));
  try {
    const flagsctl = join(root, 'apps/flagsctl/src/main.ts');
    writeFileSync(
      join(folder, 'flagsctl'),
      `#!/bin/sh\nexec ${process.execPath} --conditions=@org/source ${flagsctl} "$@"\n`,
      { mode: 0o755 },
    );
    const { code, output } = await run('bash', ['-c', `set -euo pipefail\n${scriptOf(text, folder)}`], {
      cwd: folder,
      env: {
        FORCE_COLOR: '0',
        PATH: [folder, join(process.execPath, '..'), process.env['PATH']].join(delimiter),
        FLAGS_URL: core.httpUrl,
        FLAGS_GRPC_URL: core.grpcUrl,
        FLAGS_ENV: 'demo/example',
        FLAGS_ADMIN_KEY: adminKey,
        FLAGSCTL_CONFIG: join(folder, 'profiles.json'),
        FLAGSCTL_URL: core.httpUrl,
        FLAGSCTL_ENV: 'demo/example',
        FLAGSCTL_KEY: adminKey,
      },
    });
    expect(code, output).toBe(0);
    const printed = Array.from(text.matchAll(/\/\/ prints (.*)$/gm), ([, line]) => line!);
    for (const line of printed) expect(output.split('\n')).toContain(line);
    expect(output).toMatch(/rolled back {2}50, in the median after/);
    expect(output).toMatch(/rolled back, stage 1 of 3, 0 % of the units/);
    expect(output).toMatch(/last: roll back at .* by controller:rollout/);
    expect(output).toMatch(/running, stage 2 of 3, 50 % of the units/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
