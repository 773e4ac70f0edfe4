// CPU time and peak memory of other processes, over restarts of theirs. Linux only.
import { readFileSync } from 'node:fs';
import { cpuTimeUs } from '../grpc/cpu-time.ts';

/** Follows one program, whose process may be another one after a restart. */
export interface ProcessFigures {
  /** Call it often, and right before a kill. */
  look(): void;
  readonly cpuUs: number;
  readonly memoryMegabytes: number;
}

/** Begins now. `pid` answers the process of the moment. */
export function followProcess(pid: () => number): ProcessFigures {
  const times = new Map<number, number>();
  const startUs = cpuTimeUs(pid()) ?? 0;
  let memoryMegabytes = 0;
  return {
    look() {
      const now = pid();
      const us = cpuTimeUs(now);
      if (us !== undefined) times.set(now, us);
      memoryMegabytes = Math.max(memoryMegabytes, peakMegabytes(now));
    },
    get cpuUs() {
      return [...times.values()].reduce((sum, us) => sum + us, 0) - startUs;
    },
    get memoryMegabytes() {
      return memoryMegabytes;
    },
  };
}

function peakMegabytes(pid: number): number {
  try {
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
    return Number(peak?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
