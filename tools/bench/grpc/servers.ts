// The servers that are compared, each a process of its own on free ports and with a temporary folder.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { startChild } from '@org/tools/demo/child';
import { coreClient } from '@org/tools/demo/core-client';
import { freePort } from '@org/tools/services/free-port';
import { benchmarkDocument, benchmarkFlag, flagdDefinition } from './subjects.ts';
import { startProgram } from './program.ts';

/** A server under load. */
export interface BenchServer {
  /** host:port */
  readonly address: string;
  readonly key: string;
  stop(): Promise<void>;
}

/** The core on SQLite with the benchmark's flag and an SDK key. */
export async function startCore(): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'flags-bench-core-'));
  const adminKey = `flags_p_bench${randomBytes(4).toString('hex')}_${randomBytes(32).toString('base64url')}`;
  const child = await startChild({
    name: 'core',
    file: 'apps/core/src/main.ts',
    logFile: join(folder, 'core.log'),
    env: {
      FLAGS_DATA_DIR: folder,
      FLAGS_GRPC_ADDRESS: '127.0.0.1:0',
      FLAGS_HTTP_ADDRESS: '127.0.0.1:0',
      FLAGS_BOOTSTRAP_ADMIN_KEY: adminKey,
      FLAGS_LOG_LEVEL: 'info',
    },
  });
  const call = coreClient(`http://${String(child.ready['http'])}`, adminKey);
  const environment = 'bench/main';
  await call('AccessService/CreateProject', { key: 'bench', name: 'Benchmark' });
  await call('AccessService/CreateEnvironment', { project: 'bench', key: 'main', name: 'Main' });
  const changes = [{ kind: 'flag', key: benchmarkFlag, document: benchmarkDocument }];
  await call('AdminService/Commit', { environment, changes, reason: 'benchmark' });
  const request = { environment, kind: 'KEY_KIND_SERVER', name: 'benchmark' };
  const { secret } = await call<{ secret: string }>('AccessService/CreateSdkKey', request);
  return {
    address: String(child.ready['grpc']),
    key: secret,
    stop: () => child.stop().finally(() => rmSync(folder, { recursive: true })),
  };
}

/** The bare server. */
export async function startEcho(): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'flags-bench-echo-'));
  const child = await startChild({
    name: 'echo',
    file: 'tools/bench/grpc/echo-server.ts',
    logFile: join(folder, 'echo.log'),
    env: {},
  });
  return {
    address: String(child.ready['grpc']),
    key: 'none',
    stop: () => child.stop().finally(() => rmSync(folder, { recursive: true })),
  };
}

/** flagd with the same flag. */
export async function startFlagd(binary: string): Promise<BenchServer> {
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
  const program = startProgram(binary, ['start', '--uri', `file:${file}`, ...ports]);
  await program.until(
    async () => (await fetch(`http://127.0.0.1:${management}/readyz`).catch(() => undefined))?.ok === true,
  );
  return {
    address: `127.0.0.1:${port}`,
    key: 'none',
    stop: () => program.stop().finally(() => rmSync(folder, { recursive: true })),
  };
}
