// Keeps the statistics of experiments, so that answers take no scan of the events. What is cheap is made anew whenever there
// are new events; what is dear is made anew in the background, with pauses in proportion to what it costs.
import { setTimeout as pause } from 'node:timers/promises';
import type { AnalyticsPorts } from '../ports.ts';
import { readRows } from '../store/read-rows.ts';
import { collectForPlan } from './collect/for-plan.ts';
import type { Collected } from './collect/request.ts';
import { findExperiment, type FoundExperiment } from './find-experiment.ts';

/** Statistics that are at hand, or made once if they are not. */
export interface ResultsCache {
  get(found: FoundExperiment): Promise<Collected>;
  close(): Promise<void>;
}

interface Entry {
  readonly version: string;
  readonly state: string;
  readonly collected: Collected;
  /** CPU time. */
  readonly costMs: number;
}

/** Cheaper ones are made while the caller waits, but not for longer than this: then what was made before is told. */
const [cheapMs, patienceMs] = [150, 400];
/** Of the time, the background spends at most one part in so many. */
const dutyParts = 4;
const wakeMs = 1_000;
const askedMs = 3_600_000;
const entriesMax = 1_000;

/** Starts keeping the running experiments fresh. */
export function createResultsCache(ports: AnalyticsPorts): ResultsCache {
  const { definitions, logger } = ports;
  const entries = new Map<string, Entry>();
  const underWay = new Map<string, Promise<Entry>>();
  const asked = new Map<string, number>();
  /** Of several processes, the one that is asked keeps results fresh. */
  const isAskedFor = (key: string): boolean => ports.now() - (asked.get(key) ?? 0) < askedMs;
  let turn: Promise<unknown> = Promise.resolve();
  let [isClosed, restUntilMs] = [false, 0];

  const make = (key: string, found: FoundExperiment): Promise<Entry> => {
    const known = underWay.get(key);
    if (known !== undefined) return known;
    // One at a time: memory is bounded by one.
    const next = turn.then(() => compute(ports, found));
    turn = next.catch(() => undefined);
    const kept = next.then((entry) => {
      if (entries.size >= entriesMax) entries.delete(entries.keys().next().value!);
      entries.delete(key);
      entries.set(key, entry);
      return entry;
    });
    underWay.set(key, kept);
    void kept.catch(() => undefined).then(() => underWay.delete(key));
    return kept;
  };

  const refresh = async (): Promise<void> => {
    for (const environmentId of definitions.environments())
      for (const { key } of definitions.ofKind(environmentId, 'experiment')) {
        const found = findExperiment(definitions, environmentId, key);
        if (!found.ok || found.value.experiment.life?.state !== 'running' || isClosed) continue;
        if (ports.gather.isShared && !isAskedFor(keyOf(found.value))) continue;
        const entry = entries.get(keyOf(found.value));
        const state = await readState(ports);
        if (entry?.version === found.value.version && entry.state === state) continue;
        if (ports.now() < restUntilMs) return;
        const { costMs } = await make(keyOf(found.value), found.value);
        restUntilMs = ports.now() + (dutyParts - 1) * costMs;
      }
  };
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= refresh()
      .catch((error: unknown) => {
        if (!isClosed) logger.warn({ err: error }, 'results could not be refreshed; trying again');
      })
      .finally(() => (running = undefined));
  }, wakeMs);
  timer.unref();

  return {
    async get(found) {
      const key = keyOf(found);
      asked.set(key, ports.now());
      const entry = entries.get(key);
      if (entry === undefined || entry.version !== found.version) return (await make(key, found)).collected;
      const isFresh = entry.state === (await readState(ports));
      if (isFresh || entry.costMs > cheapMs) return entry.collected;
      const made = make(key, found);
      // Whoever waits no longer hears of it in the log, and from the next round.
      made.catch((error: unknown) => logger.warn({ err: error }, 'results could not be refreshed'));
      return (await Promise.race([made, pause(patienceMs, entry, { ref: false })])).collected;
    },
    async close() {
      isClosed = true;
      clearInterval(timer);
      await running;
      await turn;
    },
  };
}

const keyOf = ({ environmentId, key }: FoundExperiment): string => `${environmentId} ${key}`;

/** Another text whenever events came or went. */
async function readState({ database, gather }: AnalyticsPorts): Promise<string> {
  const rows = await readRows(
    database,
    'SELECT changes FROM source UNION ALL SELECT position FROM (SELECT position FROM cohorts ORDER BY id)',
  );
  return `${rows.join(' ')} ${gather.state()}`;
}

async function compute(ports: AnalyticsPorts, found: FoundExperiment): Promise<Entry> {
  const { environmentId, key: experimentKey, experiment, metrics, version } = found;
  // Read first: what comes meanwhile is in, and is looked at once more.
  const state = await readState(ports);
  const before = process.cpuUsage();
  const collected = await collectForPlan(ports.gather, {
    environmentId,
    experimentKey,
    experiment,
    metrics,
    grouping: { by: 'nothing' },
  });
  // What else the machine does is no cost of ours.
  const { user, system } = process.cpuUsage(before);
  return { version, state, collected, costMs: (user + system) / 1_000 };
}
