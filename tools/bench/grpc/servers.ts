// The servers that are compared, each a process of its own on free ports and with a temporary folder.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call, createEnvironment } from '@org/tools/cluster/admin-client';
import { startCore } from '@org/tools/cluster/core-process';
import { freePort } from '@org/tools/services/free-port';
import { spawnService, waitUntil } from '@org/tools/services/service-process';
import { benchmarkDocument, benchmarkFlag, flagdDefinition } from './subjects.ts';

/** A server under load. */
export interface BenchServer {
  /** host:port */
  readonly address: string;
  readonly key: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** The core on SQLite with the benchmark's flag and an SDK key. */
export async function startCoreServer(): Promise<BenchServer> {
  const core = await startCore();
  const { reference: environment, sdkKey } = await createEnvironment(core.httpUrl);
  const changes = [{ kind: 'flag', key: benchmarkFlag, document: benchmarkDocument }];
  await call(core.httpUrl, 'AdminService/Commit', { environment, changes, reason: 'benchmark' });
  return {
    address: core.grpcUrl.replace('http://', ''),
    key: sdkKey,
    pid: core.pid,
    stop: () => core.close(),
  };
}

/** The bare server. */
export async function startEchoServer(): Promise<BenchServer> {
  let address = '';
  const service = spawnService({
    command: process.execPath,
    args: ['--conditions=@org/source', join(import.meta.dirname, 'echo-server.ts')],
    onLine: (line) => (address ||= line),
  });
  await waitUntil('the echo server listening', () => address !== '');
  return { address, key: 'none', pid: service.pid, stop: () => service.end('SIGTERM') };
}

/** flagd with the same flag. */
export async function startFlagdServer(binary: string): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'flags-bench-flagd-'));
  const file = join(folder, 'flags.json');
  writeFileSync(file, JSON.stringify(flagdDefinition));
  const [port, management, sync, ofrep] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const ports = [
    '--port',
    port,
    '--management-port',
    management,
    '--sync-port',
    sync,
    '--ofrep-port',
    ofrep,
  ].map(String);
  const service = spawnService({ command: binary, args: ['start', '--uri', `file:${file}`, ...ports] });
  const answers = async (): Promise<boolean> =>
    (await fetch(`http://127.0.0.1:${management}/readyz`).catch(() => undefined))?.ok === true;
  await waitUntil('flagd being ready', answers);
  const stop = async (): Promise<void> => {
    await service.end('SIGTERM');
    rmSync(folder, { recursive: true });
  };
  return { address: `127.0.0.1:${port}`, key: 'none', pid: service.pid, stop };
}
