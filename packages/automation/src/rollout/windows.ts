// When stages may begin: inside a progress window, where there are any, and outside every maintenance window. Pure.
import type { Recurrence, Rollout, TimeWindow } from '@org/contract/model';
import { nextRun } from '../recurrence.ts';

const minuteMs = 60_000;

/** Whether a window is open: one of its times came less than its duration ago. */
export function isInside(window: TimeWindow, nowMs: number): boolean {
  const { durationMinutes, ...times } = window;
  const last = nextRun(recurrenceOf(times), nowMs - durationMinutes * minuteMs);
  return last !== undefined && last <= nowMs;
}

/** Why no stage may begin now; undefined when one may. */
export function closedBecause(rollout: Rollout, nowMs: number): string | undefined {
  const { progressWindows = [], maintenanceWindows = [] } = rollout;
  if (maintenanceWindows.some((window) => isInside(window, nowMs))) return 'A maintenance window is open.';
  if (progressWindows.length === 0) return undefined;
  return progressWindows.some((window) => isInside(window, nowMs))
    ? undefined
    : 'No progress window is open.';
}

const recurrenceOf = ({ cron, timeZone, startsAt, endsAt }: Recurrence): Recurrence => ({
  cron,
  timeZone,
  ...(startsAt === undefined ? {} : { startsAt }),
  ...(endsAt === undefined ? {} : { endsAt }),
});
