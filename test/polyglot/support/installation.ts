// A real core with the flags and keys of the population, and what our own SDK assigns: every other client is held against it.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@org/flags-node';
import { call } from '@org/tools/cluster/admin-client';
import { patience, startCore } from '@org/tools/cluster/core-process';
import type { CoreProcess } from '@org/tools/cluster/core-process';
import { freePort } from '@org/tools/services/free-port';
import { codeDefault, flags, overlays, segments, users } from './population.ts';

/** Values by flag, in the order of the users. */
export type Assignments = Readonly<Record<string, readonly string[]>>;

export interface Installation {
  readonly core: CoreProcess;
  readonly environment: string;
  readonly serverKey: string;
  readonly clientKey: string;
  /** Serves flagd's protocols to whoever comes. */
  readonly flagdPort: number;
  /** Contexts, one JSON object in a line. */
  readonly usersFile: string;
  readonly folder: string;
  /** By @org/flags-node. */
  readonly expected: Assignments;
  /** What a program is told. */
  config(mode: string, more?: object): { readonly file: string; answers(): Assignments };
  close(): Promise<void>;
}

/** Starts it. `userCount`: the first so many users. */
export async function createInstallation(
  userCount: number,
  allowedOrigins: readonly string[] = [],
): Promise<Installation> {
  const core = await startCore({ environment: patience });
  const environment = 'polyglot/test';
  const key = async (kind: string): Promise<string> => {
    const request = { environment, kind, name: kind };
    return (await call<{ secret: string }>(core.httpUrl, 'AccessService/CreateSdkKey', request)).secret;
  };
  await call(core.httpUrl, 'AccessService/CreateProject', { key: 'polyglot', name: 'Polyglot' });
  const created = { project: 'polyglot', key: 'test', name: 'Test', allowedOrigins };
  await call(core.httpUrl, 'AccessService/CreateEnvironment', created);
  await call(core.httpUrl, 'AdminService/Commit', { environment, changes: changes() });
  const [serverKey, clientKey] = [await key('KEY_KIND_SERVER'), await key('KEY_KIND_CLIENT')];
  const flagdPort = await freePort();
  await core.restart({ FLAGS_FLAGD_ADDRESS: `127.0.0.1:${flagdPort}`, FLAGS_FLAGD_KEY: serverKey });
  const folder = mkdtempSync(join(tmpdir(), 'flags-polyglot-'));
  const usersFile = join(folder, 'users.jsonl');
  const asked = users(userCount);
  writeFileSync(usersFile, asked.map((context) => `${JSON.stringify(context)}\n`).join(''));
  return {
    core,
    environment,
    serverKey,
    clientKey,
    flagdPort,
    usersFile,
    folder,
    expected: await assign(core.grpcUrl, serverKey, asked),
    config(mode, more = {}) {
      const home = join(folder, `${mode}-${String(++configs)}`);
      mkdirSync(home);
      const [file, outFile] = [join(home, 'config.json'), join(home, 'answers.json')];
      const grpcPort = core.grpcPort;
      const told = {
        mode,
        httpUrl: core.httpUrl,
        grpcPort,
        flagdPort,
        key: serverKey,
        environment,
        usersFile,
        outFile,
      };
      writeFileSync(file, JSON.stringify({ ...told, flags: Object.keys(flags), codeDefault, ...more }));
      return { file, answers: () => JSON.parse(readFileSync(outFile, 'utf8')) as Assignments };
    },
    async close() {
      await core.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let configs = 0;

const changes = (): readonly object[] =>
  Object.entries({ flag: flags, segment: segments, overlay: overlays }).flatMap(([kind, documents]) =>
    Object.entries(documents).map(([key, document]) => ({ kind, key, document: document as object })),
  );

async function assign(url: string, key: string, asked: ReturnType<typeof users>): Promise<Assignments> {
  const client = createClient({ url, key, exposures: false });
  try {
    if ((await client.ready()) !== 'READY') throw new Error('our own SDK did not become ready');
    return Object.fromEntries(
      Object.keys(flags).map((flag) => {
        const handle = client.string(flag, codeDefault);
        return [flag, asked.map((context) => handle.get(context))];
      }),
    );
  } finally {
    await client.close();
  }
}
