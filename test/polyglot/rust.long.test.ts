// Rust: the stock flagd provider by RPC and in process, the stock OFREP provider.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { differences } from './support/compare.ts';
import { createInstallation } from './support/installation.ts';
import type { Installation } from './support/installation.ts';
import { usersInAll } from './support/population.ts';
import { assignBy, describeLanguage, folder, madeOnce, pythonWith, runProgram } from './support/programs.ts';

await describeLanguage('Rust', ['cargo', '--version'], () => {
  let installation: Installation;
  let client: string;

  beforeAll(async () => {
    const crate = join(folder, 'rust');
    const target = await madeOnce('rust', join(crate, 'Cargo.toml'), async (made) => {
      // Its build asks for a protoc, and Python's package has one.
      const python = await pythonWith(join(folder, 'python/requirements.txt'));
      const protoc = join(made, 'protoc');
      mkdirSync(made, { recursive: true });
      writeFileSync(protoc, `#!/bin/sh\nexec "${python}" -m grpc_tools.protoc "$@"\n`, { mode: 0o755 });
      const manifest = ['--manifest-path', join(crate, 'Cargo.toml')];
      await runProgram('cargo', ['build', '--quiet', ...manifest, '--target-dir', made], {
        env: { PROTOC: protoc },
      });
    });
    client = join(target, 'debug', 'client');
    installation = await createInstallation(usersInAll);
  }, 1_200_000);
  afterAll(() => installation.close());

  it.each(['flagd-rpc', 'ofrep'])('assigns alike by %s', async (mode) => {
    const { expected, got } = await assignBy(installation, mode, client, []);
    expect(differences(expected, got)).toEqual({});
  });

  // 0.3.0 reads a default variant as a text: a flag whose default is a split, and so has none, costs it the whole definition.
  it('cannot read a definition in process that holds a flag without a default variant', async () => {
    await expect(assignBy(installation, 'flagd-in-process', client, [])).rejects.toThrow(
      'invalid type: null, expected a string',
    );
  });
});
