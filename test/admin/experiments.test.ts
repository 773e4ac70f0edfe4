// docs/experiments.md, followed to the letter: its commands and programs in their order, against a core with its analytics.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAdminClient } from '@org/flags-admin';
import { analyticsPort, coreVariables, startAnalytics } from '@org/tools/cluster/analytics-process';
import { adminKey, startCore } from '@org/tools/cluster/core-process';
import { root, run } from '@org/tools/lib/run';

let core: Awaited<ReturnType<typeof startCore>>;
let analytics: Awaited<ReturnType<typeof startAnalytics>>;
beforeAll(async () => {
  const port = await analyticsPort();
  core = await startCore({ environment: coreVariables(port) });
  const environment = { FLAGS_DATABASE_URL: join(core.dataDirectory, 'flags.db') };
  analytics = await startAnalytics({ port, environment });
  const admin = createAdminClient({ url: core.httpUrl, key: adminKey });
  await admin.createProject({ key: 'demo' });
  await admin.createEnvironment({ project: 'demo', key: 'example' });
}, 180_000);
afterAll(async () => {
  await analytics.close();
  await core.close();
});

/** The commands as they stand there; programs are files of the names that their first lines say. */
function scriptOf(text: string, folder: string): string {
  for (const [, code, name] of text.matchAll(/^```ts\n(\/\/ (\S+\.ts)\n[^]*?)^```/gm))
    writeFileSync(join(folder, name!), code!);
  return Array.from(text.matchAll(/^```sh\n([^]*?)^```/gm), ([, code]) => code!).join('');
}

it('does what it says', { timeout: 400_000 }, async () => {
  const text = readFileSync(join(root, 'docs/experiments.md'), 'utf8');
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache/experiments-'));
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
    expect(output).toMatch(/purchases +goal +green +\d+ .* significant/);
    expect(output).toMatch(/errors +guardrail +green .* holds/);
    expect(output).toContain('recommended: ship "green"');
    expect(output).toMatch(/^experiment,metric,role/m);
    expect(output).toMatch(/decided .* by admin: ship green\n {2}twice as many buy/);
    expect(output).toMatch(/default:\n +variant: green/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
