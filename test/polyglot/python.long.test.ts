// Python: stubs out of proto/, the stock flagd provider by RPC and in process, the stock OFREP provider.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { differences } from './support/compare.ts';
import { createInstallation } from './support/installation.ts';
import type { Installation } from './support/installation.ts';
import { usersInAll } from './support/population.ts';
import { assignBy, describeLanguage, folder, pythonWith } from './support/programs.ts';

await describeLanguage('Python', ['python3', '--version'], () => {
  let installation: Installation;
  let python: string;

  beforeAll(async () => {
    python = await pythonWith(join(folder, 'python/requirements.txt'));
    installation = await createInstallation(usersInAll);
  }, 600_000);
  afterAll(() => installation.close());

  it.each(['stubs', 'flagd-in-process', 'flagd-rpc', 'ofrep'])('assigns alike by %s', async (mode) => {
    const { expected, got } = await assignBy(installation, mode, python, [join(folder, 'python/main.py')]);
    expect(differences(expected, got)).toEqual({});
  });
});
