// `npm run bench:chaos`: how long after each fault every client runs the core's head again, and whether any guarantee
// broke meanwhile. Two cores on one PostgreSQL, one nats-server, clients over NATS and over gRPC through a faulty link,
// commits all the time. `--json` prints one object a line; `--clients` per transport; `--fault` picks faults by name.
import { parseArgs } from 'node:util';
import { readHead, readNumbers, untilAnswered } from '@org/tools/cluster/admin-client';
import { check } from '@org/tools/cluster/checkers';
import { startWriter } from '@org/tools/cluster/commit-writer';
import type { CommitRecord, Sighting } from '@org/tools/cluster/history';
import { untilConverged } from '@org/tools/cluster/sdk-host';
import { report } from '@org/tools/services/cache';
import { faults, type Fault } from './chaos/faults.ts';
import { startInstallation, type Installation } from './chaos/installation.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    clients: { type: 'string', default: '50' },
    fault: { type: 'string', multiple: true },
  },
});
/** Every client has converged by then (docs/spec/guarantees.md). */
const goalMs = 15_000;
const commitIntervalMs = 50;

const chosen = faults.filter(({ name }) => values.fault?.includes(name) ?? true);
const installation = await startInstallation(Number(values.clients));
const commits: CommitRecord[] = [];
const sightings: Sighting[] = [];
try {
  for (const fault of chosen) await measure(fault);
  await judge(installation);
} finally {
  await installation.close();
}

async function measure(fault: Fault): Promise<void> {
  report(`chaos: ${fault.name}`);
  const { cores, environment, hosts } = installation;
  const writer = startWriter({
    httpUrls: cores.map(({ httpUrl }) => httpUrl),
    environment: environment.reference,
    intervalMs: commitIntervalMs,
    name: fault.name,
    firstNumber: commits.length + 1,
  });
  await fault.harm(installation);
  commits.push(...(await writer.stop()));
  const startMs = performance.now();
  const head = () => untilAnswered(() => readHead(cores[0].httpUrl, environment.reference));
  await untilConverged(hosts, head, 4 * goalMs);
  const convergeMs = Math.round(performance.now() - startMs);
  for (const host of hosts) sightings.push(...(await host.sightings()));
  const clients = 2 * Number(values.clients);
  const line = { bench: 'chaos', fault: fault.name, clients, commits: commits.length, convergeMs, goalMs };
  console.log(
    values.json ? JSON.stringify(line) : `${fault.name.padEnd(34)} converged after ${String(convergeMs)} ms`,
  );
  if (convergeMs > goalMs) process.exitCode = 1;
}

/** Checks the guarantees over everything that was seen. */
async function judge({ cores: [core], environment, hosts }: Installation): Promise<void> {
  const { revision, hash } = await readHead(core.httpUrl, environment.reference);
  const numbers = await readNumbers(core.httpUrl, environment.reference);
  const finals = (await Promise.all(hosts.map((host) => host.positions()))).flat();
  const breaches = check({ commits, sightings, finals, core: { revision, hash, numbers } });
  const line = { bench: 'chaos', fault: 'all', commits: commits.length, sightings: sightings.length };
  const text = `${String(commits.length)} commits, ${String(sightings.length)} sightings: ${String(breaches.length)} breaches`;
  console.log(values.json ? JSON.stringify({ ...line, breaches }) : text);
  for (const { guarantee, detail } of breaches) report(`${guarantee}: ${detail}`);
  if (breaches.length > 0) process.exitCode = 1;
}
