// `npm run bench:events`: events a second from `track()` in SDKs to rows that SQL finds: 8 clients of @org/flags-node with
// 1 million units and 3 attributes an event, one core, one nats-server with fsync, one analytics process, all on this
// machine. Subject "killed": analytics is killed -9 every 10 s. Subject "results": how long answers of an experiment take. `--json` prints one object a line; `--events`, `--subjects`
// and `--workers` change the size.
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { call, createEnvironment, untilAnswered } from '@org/tools/cluster/admin-client';
import { report } from '@org/tools/services/cache';
import { followProcess, type ProcessFigures } from './events/process-figures.ts';
import { expose, startExperiment, timeResults } from './events/results.ts';
import { startEventStage, type EventStage } from './events/stage.ts';
import type { WorkerAnswer, WorkerOptions } from './events/worker.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    events: { type: 'string', default: '10000000' },
    subjects: { type: 'string', default: 'steady,killed,results' },
    workers: { type: 'string', default: '2' },
    'kill-every-ms': { type: 'string', default: '10000' },
  },
});
const events = Number(values.events);
const workers = Number(values.workers);
const clients = 8;
const goals: Readonly<Record<string, number>> = { steady: 100_000, killed: 50_000 };

interface Row {
  readonly subject: string;
  readonly eventsPerSecond: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly droppedBySdk: number;
  /** CPU time of each process by event. */
  readonly cpuUsPerEvent: Readonly<Record<string, number>>;
  /** Peaks. */
  readonly memoryMegabytes: Readonly<Record<string, number>>;
}

for (const subject of values.subjects.split(',')) {
  if (subject === 'results') {
    await measureResults();
    continue;
  }
  const row = await measure(subject);
  if (row.lost > 0 || row.duplicated > 0) process.exitCode = 1;
  print(row);
}

async function measure(subject: string): Promise<Row> {
  report(`events: ${subject}, ${String(events)} events`);
  const stage = await startEventStage();
  try {
    const environment = await createEnvironment(stage.core.httpUrl, 'bench');
    const figures = {
      core: followProcess(() => stage.core.pid),
      nats: followProcess(() => stage.nats.pid),
      analytics: followProcess(() => stage.analytics.pid),
    };
    const ending = new AbortController();
    const harm =
      subject === 'killed' ? killAgainAndAgain(stage, figures.analytics, ending.signal) : undefined;
    const watch = setInterval(() => Object.values(figures).forEach((figure) => figure.look()), 250);
    const startedMs = performance.now();
    const answers = await produce(stage.core.grpcUrl, environment.sdkKey);
    report(`produced after ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
    const dropped = answers.reduce((sum, { dropped: count }) => sum + count, 0);
    await untilIn(stage, environment.reference);
    const seconds = (performance.now() - startedMs) / 1_000;
    ending.abort();
    await harm;
    clearInterval(watch);
    for (const figure of Object.values(figures)) figure.look();
    const { lost, duplicated } = await compare(stage, environment.reference);
    const perEvent = (us: number): number => Math.round((us / events) * 100) / 100;
    const cpuUs = answers.reduce((sum, answer) => sum + answer.cpuUs, 0);
    const entries = Object.entries(figures);
    return {
      subject,
      eventsPerSecond: Math.round((events - lost) / seconds),
      lost: Math.max(0, lost - dropped),
      duplicated,
      droppedBySdk: dropped,
      cpuUsPerEvent: {
        sdks: perEvent(cpuUs),
        ...Object.fromEntries(entries.map(([name, figure]) => [name, perEvent(figure.cpuUs)])),
      },
      memoryMegabytes: {
        sdks: Math.round(Math.max(...answers.map(({ memoryMegabytes }) => memoryMegabytes))),
        ...Object.fromEntries(entries.map(([name, figure]) => [name, Math.round(figure.memoryMegabytes)])),
      },
    };
  } finally {
    await stage.close();
  }
}

/** Subject "results": goal 1 s for an answer. */
async function measureResults(): Promise<void> {
  report(`events: results, ${String(events)} events of a million units`);
  const stage = await startEventStage();
  try {
    const environment = await createEnvironment(stage.core.httpUrl, 'bench');
    const analytics = followProcess(() => stage.analytics.pid);
    await startExperiment(stage, environment);
    await expose(stage, environment);
    await produce(stage.core.grpcUrl, environment.sdkKey);
    await untilIn(stage, environment.reference);
    analytics.look();
    const beforeUs = analytics.cpuUs;
    const figures = await timeResults(stage, environment);
    analytics.look();
    const cpuMs = Math.round((analytics.cpuUs - beforeUs) / 1_000);
    const row = {
      subject: 'results',
      ...figures,
      cpuMs,
      memoryMegabytes: Math.round(analytics.memoryMegabytes),
    };
    if (values.json) return console.log(JSON.stringify({ bench: 'events', ...row }));
    console.log(
      `results: ${String(row.units)} units, ${String(row.metrics)} metrics: all units in after ${String(row.firstMs)} ms, answers in at most ${String(row.ms)} ms (goal 1000); CPU ${String(cpuMs)} ms, ${String(row.memoryMegabytes)} MB`,
    );
  } finally {
    await stage.close();
  }
}

function produce(url: string, key: string): Promise<readonly WorkerAnswer[]> {
  return Promise.all(
    Array.from({ length: workers }, (_, index) => {
      const share = events / workers;
      const options: WorkerOptions = {
        url,
        key,
        clients: clients / workers,
        events: share,
        firstValue: index * share,
      };
      return new Promise<WorkerAnswer>((settle, reject) => {
        const child = fork(join(import.meta.dirname, 'events/worker.ts'), {
          execArgv: ['--conditions=@org/source'],
        });
        child.once('message', (answer: WorkerAnswer) => settle(answer));
        child.once('exit', (code) => reject(new Error(`a worker ended with ${String(code)}`)));
        child.send(options);
      });
    }),
  );
}

async function killAgainAndAgain(
  { analytics }: EventStage,
  figures: ProcessFigures,
  ending: AbortSignal,
): Promise<void> {
  for (;;) {
    await pause(Number(values['kill-every-ms']), undefined, { signal: ending }).catch(() => undefined);
    if (ending.aborted) return;
    figures.look();
    await analytics.restart();
    report('killed analytics, and started it again');
  }
}

/** Until every accepted batch can be found. */
async function untilIn({ core }: EventStage, environment: string): Promise<void> {
  for (;;) {
    const status = await untilAnswered(() =>
      call<{ batchesBehind?: number }>(core.httpUrl, 'AnalyticsService/PipelineStatus', { environment }),
    );
    if ((status.batchesBehind ?? 0) === 0) return;
    await pause(100);
  }
}

/** Every event has a value of its own: what is missing, and what is there twice. */
async function compare(
  { core }: EventStage,
  environment: string,
): Promise<{ readonly lost: number; readonly duplicated: number }> {
  const step = 1_000_000;
  let [lost, duplicated] = [0, 0];
  for (let from = 0; from < events; from += step) {
    const to = Math.min(events, from + step);
    const sql = `SELECT count(*)::DOUBLE, count(DISTINCT value)::DOUBLE FROM metric_events WHERE value >= ${String(from)} AND value < ${String(to)}`;
    const { rows } = await untilAnswered(() =>
      call<{ rows: [number, number][] }>(core.httpUrl, 'AnalyticsService/Query', { environment, sql }),
    );
    const [count, distinct] = rows[0]!;
    lost += to - from - distinct;
    duplicated += count - distinct;
  }
  return { lost, duplicated };
}

function print(row: Row): void {
  if (values.json) return console.log(JSON.stringify({ bench: 'events', ...row }));
  const { subject, eventsPerSecond, lost, duplicated, cpuUsPerEvent, memoryMegabytes } = row;
  const list = (figures: Readonly<Record<string, number>>): string =>
    Object.entries(figures)
      .map(([name, value]) => `${name} ${String(value)}`)
      .join(', ');
  console.log(
    `${subject}: ${String(eventsPerSecond)} events/s (goal ${String(goals[subject] ?? '')}), lost ${String(lost)}, counted twice ${String(duplicated)}\n` +
      `  CPU µs an event: ${list(cpuUsPerEvent)}\n  peak MB: ${list(memoryMegabytes)}`,
  );
}
