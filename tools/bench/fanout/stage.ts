// What all transports are measured on: one nats-server, one core on SQLite with fsync, an environment full of flags.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { call, createEnvironment, numberFlag, type TestEnvironment } from '@org/tools/cluster/admin-client';
import { startCore, type CoreProcess } from '@org/tools/cluster/core-process';
import { startNatsServer, type NatsServer } from '@org/tools/services/nats-server';

/** A running stage. */
export interface Stage {
  readonly nats: NatsServer;
  readonly core: CoreProcess;
  readonly environment: TestEnvironment;
  readonly flags: number;
  close(): Promise<void>;
}

const flagsPerCommit = 1_000;

/** Starts the servers and fills the environment. */
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
  const environment = await createEnvironment(core.httpUrl, 'bench');
  for (let from = 0; from < flags; from += flagsPerCommit) {
    const keys = Array.from({ length: Math.min(flagsPerCommit, flags - from) }, (_, index) =>
      flagKey(from + index),
    );
    await call(core.httpUrl, 'AdminService/Commit', {
      environment: environment.reference,
      changes: keys.map((key) => ({ kind: 'flag', key, document: numberFlag(0) })),
      reason: 'fill',
    });
  }
  const close = async (): Promise<void> => {
    await core.close();
    await nats.close();
  };
  return { nats, core, environment, flags, close };
}

/** Key of the flag with this number. */
export const flagKey = (index: number): string => `flag-${String(index)}`;
