// The controller of schedules: makes their changes when their time has come, in one commit that removes the schedule.
import type { JsonObject, Schedule } from '@org/contract/model';
import type { Controller, ControllerCommit, ControllerStep, Observations, Subject } from './controller.ts';
import { parseInstant } from './instant.ts';

const executeStep = 'execute';
const failStep = 'fail';

const nothing: ControllerStep = { commits: [] };

/**
 * Waits until `at`, then commits the changes and the removal of the schedule together. A refusal is written into the
 * schedule as `failed`, which then waits for its author: any new revision of it is a new schedule.
 */
export const scheduledChange: Controller<Schedule> = {
  kind: 'schedule',
  step(subject, observations, nowMs) {
    if (subject.spec.failed !== undefined) return nothing;
    const atMs = parseInstant(subject.spec.at);
    if (atMs === undefined) return { commits: [failure(subject, `"at" is no instant.`, nowMs)] };
    if (nowMs < atMs) return { commits: [], wakeAtMs: atMs };
    const refusal = refusalOf(observations);
    return { commits: [refusal === undefined ? execution(subject) : failure(subject, refusal, nowMs)] };
  },
};

const refusalOf = ({ refusals }: Observations): string | undefined =>
  refusals.find(({ step }) => step === executeStep)?.message;

const authorOf = ({ spec }: Subject<Schedule>): string => spec.author ?? '';

function execution(subject: Subject<Schedule>): ControllerCommit {
  const { key, revision, spec } = subject;
  const removal = { kind: 'schedule', key, document: null, expectedDocumentRevision: revision };
  const reason = spec.reason ?? `Scheduled for ${spec.at}.`;
  return { step: executeStep, changes: [...spec.changes, removal], author: authorOf(subject), reason };
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
