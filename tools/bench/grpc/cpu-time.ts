// CPU time of another process: what a call costs its server, whatever else the machine does meanwhile. Linux only.
import { readFileSync } from 'node:fs';

/** Clock ticks a second; Linux shows 100 to every program. */
const ticksPerSecond = 100;

/** Microseconds of user and system time so far; undefined where there is no /proc. */
export function cpuTimeUs(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program stands in brackets and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1e6;
  } catch {
    return undefined;
  }
}
