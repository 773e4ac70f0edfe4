// The controller of schedules: makes their changes when their time has come, each time in one commit that also notes the
// run in the schedule, or removes it after its last one.
import type { JsonObject, Schedule } from '@org/contract/model';
import type { Controller, ControllerCommit, ControllerStep, Observations, Subject } from './controller.ts';
import { parseInstant } from './instant.ts';
import { nextRun } from './recurrence.ts';

const executeStep = 'execute';
const failStep = 'fail';

const nothing: ControllerStep = { commits: [] };

/**
 * Waits until its time, then commits the changes together with what becomes of the schedule. Runs that were missed while no
 * core was running are made up for by one. A refusal is written into the schedule as `failed`, which then waits for its
 * author: any new revision of it is a new schedule.
 */
export const scheduledChange: Controller<Schedule> = {
  kind: 'schedule',
  step(subject, observations, nowMs) {
    const { failed, paused, recurrence, at } = subject.spec;
    if (failed !== undefined || paused === true) return nothing;
    if (recurrence === undefined && parseInstant(at) === undefined)
      return { commits: [failure(subject, `"at" is no instant.`, nowMs)] };
    const dueMs = dueOf(subject);
    if (dueMs === undefined) return nothing;
    if (nowMs < dueMs) return { commits: [], wakeAtMs: dueMs };
    const refusal = refusalOf(observations);
    return {
      commits: [refusal === undefined ? run(subject, dueMs, nowMs) : failure(subject, refusal, nowMs)],
    };
  },
};

/** The next runs of a schedule, what is due first; none while it is paused or has failed. */
export function nextRunsOf(subject: Subject<Schedule>, count: number): readonly number[] {
  const { failed, paused, recurrence } = subject.spec;
  if (failed !== undefined || paused === true) return [];
  const runs: number[] = [];
  for (let at = dueOf(subject); at !== undefined && runs.length < count;) {
    runs.push(at);
    at = recurrence && nextRun(recurrence, at);
  }
  return runs;
}

// A document is read anew only when it changed: its object is the same until then.
const dueBySpec = new WeakMap<Schedule, { readonly dueMs: number | undefined }>();

function dueOf({ spec, changedAtMs }: Subject<Schedule>): number | undefined {
  const { at, recurrence, lastRun } = spec;
  if (recurrence === undefined) return parseInstant(at);
  const known = dueBySpec.get(spec);
  if (known !== undefined) return known.dueMs;
  // Both clocks count: the run is noted by the database's, the change by the clock of the core that wrote it.
  const sinceMs = Math.max(changedAtMs, parseInstant(lastRun?.at) ?? -Infinity);
  const dueMs = nextRun(recurrence, sinceMs);
  dueBySpec.set(spec, { dueMs });
  return dueMs;
}

const refusalOf = ({ refusals }: Observations): string | undefined =>
  refusals.find(({ step }) => step === executeStep)?.message;

const authorOf = ({ spec }: Subject<Schedule>): string => spec.author ?? '';

function run(subject: Subject<Schedule>, dueMs: number, nowMs: number): ControllerCommit {
  const { key, revision, spec } = subject;
  const { recurrence } = spec;
  const dueAt = recurrence === undefined ? spec.at : new Date(dueMs).toISOString();
  const goesOn = recurrence !== undefined && nextRun(recurrence, nowMs) !== undefined;
  const lastRun = { dueAt, at: new Date(nowMs).toISOString() };
  const document = goesOn ? ({ ...spec, lastRun } as unknown as JsonObject) : null;
  const own = { kind: 'schedule', key, document, expectedDocumentRevision: revision };
  const reason = spec.reason ?? `Scheduled for ${dueAt}.`;
  return { step: executeStep, changes: [...spec.changes, own], author: authorOf(subject), reason };
}

function failure(subject: Subject<Schedule>, message: string, nowMs: number): ControllerCommit {
  const { key, revision, spec } = subject;
  const failed = { at: new Date(nowMs).toISOString(), message };
  const document = { ...spec, failed } as unknown as JsonObject;
  return {
    step: failStep,
    changes: [{ kind: 'schedule', key, document, expectedDocumentRevision: revision }],
    author: authorOf(subject),
    reason: 'The scheduled changes were refused.',
  };
}
