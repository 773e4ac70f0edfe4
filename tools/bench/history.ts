// `npm run bench:history`: a history of 100,000 revisions on a real core, on SQLite and on PostgreSQL: how long it takes to
// reconstruct the environment at any revision, and to list a page of the history, from request to parsed answer.
// `--json` prints one object a line; `--revisions`, `--documents` and `--samples` how much of it.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { call, createEnvironment } from '@org/tools/cluster/admin-client';
import { startCore } from '@org/tools/cluster/core-process';
import { pastFlag, writeLongHistory } from '@org/tools/cluster/long-history';
import { startPostgres } from '@org/tools/services/postgres';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    revisions: { type: 'string', default: '100000' },
    documents: { type: 'string', default: '500' },
    samples: { type: 'string', default: '200' },
  },
});
const [revisions, documents, samples] = [values.revisions, values.documents, values.samples].map(Number) as [
  number,
  number,
  number,
];
const pageSize = 100;
const goals = { reconstruct: 50, page: 20, documentPage: 20 } as const;
let isMissed = false;

await measureStore('sqlite', undefined);
const postgres = await startPostgres();
try {
  await measureStore('postgres', await postgres.newDatabase());
} finally {
  await postgres.close();
}
process.exitCode = isMissed ? 1 : 0;

async function measureStore(store: string, databaseUrl: string | undefined): Promise<void> {
  const core = await startCore(databaseUrl === undefined ? {} : { databaseUrl });
  try {
    const { id, reference: environment } = await createEnvironment(core.httpUrl);
    const keys = Array.from({ length: documents }, (_, at) => `flag-${at}`);
    const flag = JSON.parse(pastFlag(1)) as unknown;
    await call(core.httpUrl, 'AdminService/Commit', {
      environment,
      changes: keys.map((key) => ({ kind: 'flag', key, document: flag })),
    });
    await core.stop();
    const path = databaseUrl ?? join(core.dataDirectory, 'flags.db');
    await writeLongHistory({ databaseUrl: path, environmentId: id, revisions, documents });
    await core.restart();
    await measureAll(store, core.httpUrl, environment);
  } finally {
    await core.close();
  }
}

async function measureAll(store: string, httpUrl: string, environment: string): Promise<void> {
  await report(store, 'reconstruct', async (revision) => {
    const request = { environment, revision, pageSize: 1_000 };
    const found = await call<{ documents: { key: string; json: string }[] }>(
      httpUrl,
      'HistoryService/GetState',
      request,
    );
    checkState(revision, found.documents);
  });
  await report(store, 'page', async (revision) => {
    const request = { environment, pageSize, pageToken: tokenBelow(revision) };
    const { revisions: found } = await call<{ revisions: unknown[] }>(
      httpUrl,
      'AdminService/ListHistory',
      request,
    );
    if (found.length !== Math.min(pageSize, revision - 1)) throw new Error(`page below ${revision}`);
  });
  await report(store, 'documentPage', async (revision) => {
    const document = { kind: 'flag', key: `flag-${revision % documents}` };
    const request = { environment, ...document, pageSize, pageToken: tokenBelow(revision) };
    await call(httpUrl, 'AdminService/ListHistory', request);
  });
}

/** What the server gives out as the token of a page that begins below this revision. */
function tokenBelow(revision: number): string {
  return Buffer.from(String(revision)).toString('base64url');
}

/** Every document there, each as its last change until then left it. */
function checkState(revision: number, found: readonly { key: string; json: string }[]): void {
  if (found.length !== documents) throw new Error(`revision ${revision}: ${found.length} documents`);
  for (const { key, json } of found) {
    const last = revision - ((((revision - Number(key.slice(5))) % documents) + documents) % documents);
    if (json !== pastFlag(Math.max(1, last))) throw new Error(`revision ${revision}: ${key} is ${json}`);
  }
}

async function report(
  store: string,
  measured: keyof typeof goals,
  ask: (revision: number) => Promise<void>,
): Promise<void> {
  const times: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    // Over the whole history, in no order; the first ones warm up.
    const revision = 2 + ((sample * 7_919 * 31) % (revisions - 1));
    const startMs = performance.now();
    await ask(revision);
    times.push(performance.now() - startMs);
  }
  const sorted = times.slice(Math.ceil(samples / 10)).sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(100 * (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)) / 100;
  const goalMs = goals[measured];
  const result = {
    ...{ bench: 'history', store, measured, revisions, documents },
    ...{ p50Ms: at(0.5), p99Ms: at(0.99), goalMs },
  };
  isMissed ||= result.p99Ms > goalMs;
  console.log(
    values.json
      ? JSON.stringify(result)
      : `${store} ${measured}: p50 ${result.p50Ms} ms, p99 ${result.p99Ms} ms (goal ${goalMs} ms)`,
  );
}
