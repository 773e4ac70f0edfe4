// A runtime whose time moves only when a test says so.
import type { Cancel, Runtime } from '../runtime.ts';

export interface ManualRuntime extends Runtime {
  /** Moves time on and runs what falls due, in order. */
  advance(ms: number): void;
  /** What `random` answers. */
  chance: number;
}

interface Task {
  atMs: number;
  readonly run: () => void;
  readonly everyMs: number | undefined;
}

export function createManualRuntime(startMs = 1_700_000_000_000): ManualRuntime {
  let nowMs = startMs;
  let ids = 0;
  const tasks = new Set<Task>();

  function schedule(delayMs: number, run: () => void, everyMs?: number): Cancel {
    const task = { atMs: nowMs + Math.max(0, delayMs), run, everyMs };
    tasks.add(task);
    return () => void tasks.delete(task);
  }

  function nextDue(untilMs: number): Task | undefined {
    const due = [...tasks].filter(({ atMs }) => atMs <= untilMs);
    return due.sort((a, b) => a.atMs - b.atMs)[0];
  }

  return {
    chance: 0.5,
    now: () => nowMs,
    monotonicMs: () => nowMs,
    random() {
      return this.chance;
    },
    newId: () => `id-${++ids}`,
    after: (delayMs, task) => schedule(delayMs, task),
    every: (intervalMs, task) => schedule(intervalMs, task, intervalMs),
    advance(ms) {
      const untilMs = nowMs + ms;
      for (let task = nextDue(untilMs); task !== undefined; task = nextDue(untilMs)) {
        nowMs = task.atMs;
        if (task.everyMs === undefined) tasks.delete(task);
        else task.atMs += task.everyMs;
        task.run();
      }
      nowMs = untilMs;
    },
  };
}
