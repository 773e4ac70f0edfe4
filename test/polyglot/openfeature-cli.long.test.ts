// OpenFeature's own CLI on the manifest API of a real core: pull, push, pull again. Built from its Go module.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { call } from '@org/tools/cluster/admin-client';
import { adminKey } from '@org/tools/cluster/core-process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createInstallation } from './support/installation.ts';
import type { Installation } from './support/installation.ts';
import { describeLanguage, folder, madeOnce, runProgram } from './support/programs.ts';

const program = 'github.com/open-feature/cli/cmd/openfeature';

await describeLanguage('the OpenFeature CLI', ['go', 'version'], () => {
  let installation: Installation;
  let cli: string;

  beforeAll(async () => {
    const module = join(folder, 'go-cli');
    const bin = await madeOnce('openfeature-cli', join(module, 'go.sum'), async (target) => {
      mkdirSync(target, { recursive: true });
      await runProgram('go', ['build', '-o', join(target, 'openfeature'), program], { cwd: module });
    });
    cli = join(bin, 'openfeature');
    installation = await createInstallation(1);
  }, 600_000);
  afterAll(() => installation.close());

  it('pulls the flags, pushes what differs, and pulls the same again', async () => {
    const { core, environment, expected } = installation;
    const manifest = join(installation.folder, 'flags.json');
    const source = `${core.httpUrl}/environments/${environment}`;
    const run = (command: string): Promise<string> => {
      const at = [`--provider-url=${source}`, `--auth-token=${adminKey}`, `--manifest=${manifest}`];
      return runProgram(cli, [command, ...at, '--no-input'], { cwd: installation.folder });
    };
    const stored = async (key: string): Promise<object> => {
      const request = { environment, kind: 'flag', key };
      const found = await call<{ document: object }>(core.httpUrl, 'AdminService/GetDocument', request);
      return found.document;
    };
    await run('pull');
    const pulled = JSON.parse(readFileSync(manifest, 'utf8')) as { flags: Record<string, object> };
    expect(Object.keys(pulled.flags).sort()).toEqual(Object.keys(expected).sort());
    const added = { flagType: 'float', defaultValue: 0.5, description: 'How much' };
    const constant = { ...pulled.flags['constant'], description: 'Always the same' };
    writeFileSync(manifest, JSON.stringify({ ...pulled, flags: { ...pulled.flags, added, constant } }));
    await run('push');
    expect(await stored('added')).toMatchObject({
      type: 'number',
      enabled: false,
      variants: { default: 0.5 },
    });
    expect(await stored('constant')).toMatchObject({ enabled: true, description: 'Always the same' });
    await run('pull');
    expect(JSON.parse(readFileSync(manifest, 'utf8'))).toMatchObject({ flags: { added, constant } });
  });
});
