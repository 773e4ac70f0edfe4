// `npm run bench:hotreload`: from the moment a file is saved to the moment every SDK answers by it. One core follows a folder
// of 1,000 files; 20 SDKs in 2 processes. Files are saved as editors do: in place, and by renaming. `--json` prints one object.
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { call, createEnvironment } from '@org/tools/cluster/admin-client';
import { startCore } from '@org/tools/cluster/core-process';
import { startValueWatchers } from '@org/tools/cluster/value-watchers';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    files: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '200' },
    sdks: { type: 'string', default: '20' },
  },
});
const [files, rounds, sdks] = [Number(values.files), Number(values.rounds), Number(values.sdks)];
const processes = 2;
const goalMs = 250;
const giveUpMs = 30_000;
/** Between two saves: each is one of its own. */
const quietMs = 100;
const flagKey = 'flag-0';

const folder = await mkdtemp(join(tmpdir(), 'flags-hotreload-'));
const tree = join(folder, 'tree');
const settings = join(folder, 'sources.yaml');
await mkdir(tree);
for (let index = 0; index < files; index += 1) await writeFile(fileOf(index), text(index, 0));
await writeFile(
  settings,
  `sources:\n  - { name: bench, type: directory, environment: shop/production, path: ${tree} }\n`,
);
const core = await startCore({ environment: { FLAGS_SOURCES_FILE: settings } });
try {
  const environment = await createEnvironment(core.httpUrl);
  await untilSynced(environment.reference);
  const watchers = await startValueWatchers({
    ...{ processes, clients: sdks / processes, url: core.grpcUrl, key: environment.sdkKey, flagKey },
  });
  try {
    const taken: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const savedNs = await save(round);
      const lastNs = await watchers.untilAll(round, giveUpMs);
      taken.push(lastNs === undefined ? Number.POSITIVE_INFINITY : Number(lastNs - savedNs) / 1e6);
      await pause(quietMs);
    }
    report(taken.toSorted((a, b) => a - b));
  } finally {
    await watchers.close();
  }
} finally {
  await core.close();
  await rm(folder, { recursive: true, force: true });
}

/** The monotonic time at which the file has its contents. */
async function save(round: number): Promise<bigint> {
  const [file, content] = [fileOf(0), text(0, round)];
  if (round % 2 === 0) {
    await writeFile(`${file}.tmp`, content);
    await rename(`${file}.tmp`, file);
  } else await writeFile(file, content);
  return process.hrtime.bigint();
}

function fileOf(index: number): string {
  return join(tree, `flag-${String(index)}.yaml`);
}

function text(index: number, value: number): string {
  return `flags:\n  flag-${String(index)}:\n    type: number\n    enabled: true\n    variants: { on: ${String(value)} }\n    default: { variant: on }\n`;
}

async function untilSynced(reference: string): Promise<void> {
  for (;;) {
    const { sources = [] } = await call<{ sources?: { state: string; documents?: number }[] }>(
      core.httpUrl,
      'SourceService/ListSources',
      { environment: reference },
    );
    if (sources[0]?.state === 'synced' && sources[0].documents === files) return;
    await pause(100);
  }
}

function report(sorted: readonly number[]): void {
  const at = (share: number): number =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0) * 10) / 10;
  const line = {
    ...{ bench: 'hotreload', files, sdks, rounds },
    ...{ p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), maxMs: at(1), goalP99Ms: goalMs },
  };
  console.log(
    values.json
      ? JSON.stringify(line)
      : `${String(files)} files, ${String(sdks)} SDKs: saved to live everywhere p50 ${String(line.p50Ms)} ms, p99 ${String(line.p99Ms)} ms (goal ${String(goalMs)})`,
  );
  if (line.p99Ms > goalMs) process.exitCode = 1;
}
