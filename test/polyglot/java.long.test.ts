// Java: stubs out of proto/, the stock flagd provider by RPC and in process, the stock OFREP provider.
import { cpSync, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from '@org/tools/lib/run';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { differences } from './support/compare.ts';
import { createInstallation } from './support/installation.ts';
import type { Installation } from './support/installation.ts';
import { legacyColours } from './support/legacy-fractional.ts';
import { users, usersInAll } from './support/population.ts';
import { assignBy, describeLanguage, folder, runProgram } from './support/programs.ts';

await describeLanguage('Java', ['mvn', '--version'], () => {
  let installation: Installation;
  let classpath: string;

  beforeAll(async () => {
    installation = await createInstallation(usersInAll);
    const target = join(installation.folder, 'java');
    cpSync(join(folder, 'java'), target, { recursive: true });
    await runProgram('mvn', ['-q', '-B', `-Dproto=${join(root, 'proto')}`, 'package'], { cwd: target });
    const jars = globSync('target/{*.jar,dependency/*.jar}', { cwd: target });
    classpath = jars.map((jar) => join(target, jar)).join(delimiter);
  }, 900_000);
  afterAll(() => installation.close());

  const assign = (mode: string) =>
    assignBy(installation, mode, 'java', ['-cp', classpath, 'polyglot.Client']);

  it.each(['stubs', 'flagd-rpc', 'ofrep'])('assigns alike by %s', async (mode) => {
    const { expected, got } = await assign(mode);
    expect(differences(expected, got)).toEqual({});
  });

  // 0.11.15, the newest on Maven Central, cuts the hash to a percentage as flagd did before 0.15: splits fall elsewhere.
  it('assigns by flagd in process as flagd did before it counted in whole buckets', async () => {
    const { expected, got } = await assign('flagd-in-process');
    expect(Object.keys(differences(expected, got)).sort()).toEqual([
      'accounts',
      'colours',
      'overlaid',
      'targeted',
    ]);
    expect(got['constant']).toEqual(expected['constant']);
    expect(got['colours']).toEqual(legacyColours(users(usersInAll)));
  });
});
