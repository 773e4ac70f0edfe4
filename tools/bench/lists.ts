// `npm run bench:lists`: a list of 1,000,000 members, on a real core and in a real SDK: what an evaluation costs with it and
// without it, what it takes in memory, and what is fetched after 10 ids were added. `--json` prints one object.
import { parseArgs } from 'node:util';
import { createClient, type FlagHandle } from '@org/flags-node';
import { call } from '@org/tools/cluster/admin-client';
import { startCore } from '@org/tools/cluster/core-process';
import { measure } from './evaluator/measure.ts';

const members = 1_000_000;
const idsPerPart = 50_000;
const edited = 10;
const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });

const core = await startCore();
try {
  const admin = <T>(method: string, request: unknown): Promise<T> => call<T>(core.httpUrl, method, request);
  await admin('AccessService/CreateProject', { key: 'bench', name: 'bench' });
  await admin('AccessService/CreateEnvironment', { project: 'bench', key: 'lists', name: 'lists' });
  const environment = 'bench/lists';
  const { secret } = await admin<{ secret: string }>('AccessService/CreateSdkKey', {
    ...{ environment, kind: 'KEY_KIND_SERVER', name: 'bench' },
  });

  const uploadStartMs = performance.now();
  for (let part = 0; part * idsPerPart < members; part++) {
    const ids = Array.from({ length: idsPerPart }, (_, at) => `user-${part * idsPerPart + at}`);
    await admin('AdminService/PutListPart', { environment, upload: 'bench', part, ids });
  }
  const commitStartMs = performance.now();
  const parts = members / idsPerPart;
  await admin('AdminService/CommitList', {
    ...{ environment, key: 'million', edit: 'LIST_EDIT_REPLACE', upload: 'bench', parts },
  });
  const commitMs = performance.now() - commitStartMs;
  const small = { op: 'or', of: [] };
  const segment = (more: object) => ({ kind: 'segment', document: { when: small, ...more } });
  const flag = (key: string) => ({
    type: 'boolean',
    enabled: true,
    variants: { on: true, off: false },
    rules: [{ id: 'r', when: { op: 'segment', key }, serve: { variant: 'on' } }],
    default: { variant: 'off' },
  });
  await admin('AdminService/Commit', {
    environment,
    changes: [
      { key: 'few', ...segment({ included: ['user-1', 'user-2', 'user-3'] }) },
      { key: 'many', ...segment({ includedLists: ['million'] }) },
      { kind: 'flag', key: 'few', document: flag('few') },
      { kind: 'flag', key: 'many', document: flag('many') },
    ],
  });

  globalThis.gc?.();
  const before = process.memoryUsage();
  const client = createClient({ url: core.grpcUrl, key: secret });
  const readyStartMs = performance.now();
  await client.ready({ timeoutMs: 60_000 });
  const readyMs = performance.now() - readyStartMs;
  globalThis.gc?.();
  const after = process.memoryUsage();

  const few = await evaluations(client.boolean('few', false));
  const many = await evaluations(client.boolean('many', false));

  const namesOf = async (): Promise<readonly string[]> => {
    const request = { environment, kind: 'list', key: 'million' };
    const { document } = await admin<{ document: { chunks: string[] } }>('AdminService/GetDocument', request);
    return document.chunks;
  };
  const namesBefore = new Set(await namesOf());
  const ids = Array.from({ length: edited }, (_, at) => `added-${at}`);
  const editStartMs = performance.now();
  const { revision } = await admin<{ revision: { revision: number } }>('AdminService/CommitList', {
    ...{ environment, key: 'million', edit: 'LIST_EDIT_ADD', ids },
  });
  while (client.revision < revision.revision) await new Promise((resolve) => setTimeout(resolve, 1));
  const editMs = performance.now() - editStartMs;
  if (!client.boolean('many', false).get({ targetingKey: 'added-0' }))
    throw new Error('the edit is not there');
  const names = await namesOf();
  const changed = names.filter((name) => !namesBefore.has(name));
  const { chunks } = await admin<{ chunks: { content: string }[] }>('SyncService/GetListChunks', {
    environment,
    hashes: changed,
  });
  const fetchedBytes = chunks.reduce((sum, { content }) => sum + Buffer.from(content, 'base64').length, 0);
  await client.close();

  const result = {
    members,
    uploadMs: Math.round(commitStartMs - uploadStartMs),
    commitMs: Math.round(commitMs),
    clientReadyMs: Math.round(readyMs),
    clientMebibytes: mebibytes(after.rss - before.rss),
    clientArrayMebibytes: mebibytes(after.arrayBuffers - before.arrayBuffers),
    chunks: names.length,
    nsPerEvaluation: { 'three inline keys': few.nsPerOp, 'a million members': many.nsPerOp },
    bytesPerEvaluation: { 'three inline keys': few.bytesPerOp, 'a million members': many.bytesPerOp },
    afterTenAdded: {
      chunks: changed.length,
      fetchedBytes,
      deltaBytes: JSON.stringify({ count: members, chunks: names }).length,
      toSdkMs: Math.round(editMs),
    },
  };
  console.log(values.json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2));
} finally {
  await core.stop();
}

/** Half of the units are members; contexts are made before, as applications have them. */
async function evaluations(handle: FlagHandle<boolean>) {
  const contexts = Array.from({ length: 4_096 }, (_, at) => ({
    targetingKey: at % 2 === 0 ? `user-${(at * 7919) % members}` : `nobody-${at}`,
  }));
  const measured = await measure({
    run(count) {
      for (let at = 0; at < count; at++) handle.get(contexts[at & 4_095]!);
    },
  });
  return { nsPerOp: Math.round(measured.nsPerOp), bytesPerOp: Math.round(measured.bytesPerOp) };
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 104_857.6) / 10;
}
