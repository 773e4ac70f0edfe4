// What all transports are measured on: one nats-server, one core on SQLite with fsync, environments full of flags.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { call, createEnvironment, numberFlag, type TestEnvironment } from '@org/tools/cluster/admin-client';
import { startCore, type CoreProcess } from '@org/tools/cluster/core-process';
import { startNatsServer, type NatsServer } from '@org/tools/services/nats-server';

/** A running stage. */
export interface Stage {
  readonly nats: NatsServer;
  readonly core: CoreProcess;
  readonly flags: number;
  /** Makes an environment full of flags. */
  newEnvironment(): Promise<TestEnvironment>;
  close(): Promise<void>;
}

const flagsPerCommit = 1_000;

/** Starts the servers. */
export async function startStage(flags: number): Promise<Stage> {
  const nats = await startNatsServer();
  const authorityFile = join(nats.directory, 'authority.json');
  await writeFile(authorityFile, JSON.stringify(nats.authority.seeds), { mode: 0o600 });
  const core = await startCore({
    environment: {
      FLAGS_NATS_URLS: nats.url,
      FLAGS_NATS_AUTHORITY_FILE: authorityFile,
    },
  });
  let environments = 0;
  const newEnvironment = async (): Promise<TestEnvironment> => {
    const environment = await createEnvironment(core.httpUrl, `bench-${String((environments += 1))}`);
    await fill(core, environment, flags);
    return environment;
  };
  const close = async (): Promise<void> => {
    await core.close();
    await nats.close();
  };
  return { nats, core, flags, newEnvironment, close };
}

async function fill(core: CoreProcess, { reference }: TestEnvironment, flags: number): Promise<void> {
  for (let from = 0; from < flags; from += flagsPerCommit) {
    const count = Math.min(flagsPerCommit, flags - from);
    const keys = Array.from({ length: count }, (_, index) => flagKey(from + index));
    await call(core.httpUrl, 'AdminService/Commit', {
      environment: reference,
      changes: keys.map((key) => ({ kind: 'flag', key, document: numberFlag(0) })),
      reason: 'fill',
    });
  }
}

/** Key of the flag with this number. */
export const flagKey = (index: number): string => `flag-${String(index)}`;
