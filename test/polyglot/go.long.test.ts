// Go: stubs out of proto/, the stock flagd provider by RPC and in process, the stock OFREP provider.
import { cpSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from '@org/tools/lib/run';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { differences } from './support/compare.ts';
import { createInstallation } from './support/installation.ts';
import type { Installation } from './support/installation.ts';
import { usersInAll } from './support/population.ts';
import { assignBy, describeLanguage, folder, madeOnce, runProgram } from './support/programs.ts';

const generators = [
  'google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12',
  'google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2',
];

/** Installs programs of Go modules into a folder. */
const install = async (target: string, programs: readonly string[]): Promise<void> => {
  mkdirSync(target, { recursive: true });
  for (const program of programs) await runProgram('go', ['install', program], { env: { GOBIN: target } });
};

/** Makes stubs and builds the client; the build itself is Go's to cache. */
async function buildClient(target: string): Promise<string> {
  const tools = await madeOnce('go-tools', join(folder, 'go/go.sum'), (bin) => install(bin, generators));
  cpSync(join(folder, 'go'), target, { recursive: true });
  const proto = join(root, 'proto');
  const env = { PATH: `${tools}${delimiter}${process.env['PATH'] ?? ''}` };
  const buf = join(root, 'node_modules/.bin/buf');
  const generate = ['generate', proto, '--template', 'buf.gen.yaml', '--path', join(proto, 'flags')];
  await runProgram(buf, generate, { cwd: target, env });
  await runProgram('go', ['build', '-o', 'client', '.'], { cwd: target });
  return join(target, 'client');
}

await describeLanguage('Go', ['go', 'version'], () => {
  let installation: Installation;
  let client: string;

  beforeAll(async () => {
    installation = await createInstallation(usersInAll);
    client = await buildClient(join(installation.folder, 'go'));
  }, 600_000);
  afterAll(() => installation.close());

  it.each(['stubs', 'flagd-in-process', 'flagd-rpc', 'ofrep'])('assigns alike by %s', async (mode) => {
    const { expected, got } = await assignBy(installation, mode, client, []);
    expect(differences(expected, got)).toEqual({});
  });
});
