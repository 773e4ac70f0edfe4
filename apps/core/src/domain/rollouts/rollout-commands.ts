// The steps that people take in a rollout's life, as commit commands. What a step makes of the documents, @org/automation
// says; here stands who may ask when, and what a refusal says.
import {
  abortRollout,
  approveStage,
  completeRollout,
  isApproved,
  isExposing,
  pauseRollout,
  plannedStages,
  progressRollout,
  resumeRollout,
  rollBack,
  startRollout,
  type ControllerChange,
  type StandingRollout,
  type StepNote,
} from '@org/automation';
import { fail, succeed, type Result } from '@org/contract';
import type { RolloutStepRequest } from '@org/contract/gen/flags/v1/rollout_service';
import type { RolloutAction } from '@org/contract/model';
import type { CommitCommand, LockedEnvironment } from '../commit/commit-command.ts';
import { callerScope, checkTexts, invalidRequest } from '../commit/check-request.ts';
import { rolloutTaken } from '../commit/own-state.ts';
import { checkChanges, type CheckedChanges, type RawChange } from '../commit/proposed-change.ts';
import { requestHash } from '../commit/request-hash.ts';
import type { StepActor } from '../experiments/experiment-commands.ts';
import { shippedTarget, standingRollout } from './running.ts';

/** What a step says about itself, beside what it does. */
export type RolloutStepText = Pick<RolloutStepRequest, 'key' | 'author' | 'reason' | 'idempotencyKey'>;

/** Steps that people take. */
export type PersonalAction = Exclude<RolloutAction, 'complete'>;

/** The command of a step. `stage`: what is approved, from 1; 0 for the next one. */
export function rolloutCommand(
  actor: StepActor,
  action: PersonalAction,
  request: RolloutStepText,
  nowMs: number,
  stage = 0,
): Result<CommitCommand> {
  const { key, author, reason, idempotencyKey } = request;
  const invalid = invalidRequest(checkTexts(request));
  if (invalid !== undefined) return invalid;
  const note: StepNote = {
    by: author === '' ? actor.committer.principalName || actor.committer.keyId : author,
    atMs: nowMs,
    reasons: reason === '' ? [] : [reason],
  };
  const withdraws = action === 'roll_back' || action === 'abort';
  return succeed({
    environmentId: actor.environmentId,
    committer: actor.committer,
    author,
    reason: reason === '' ? defaultReason(action, key) : reason,
    idempotencyKey,
    idempotencyScope: callerScope(idempotencyKey),
    requestHash: requestHash('rollout', action, key, stage, author, reason),
    dryRun: false,
    urgent: withdraws,
    // A way back is always there: what was valid when it was written is not judged again.
    validate: !withdraws,
    ownState: rolloutTaken,
    changes(environment): Result<CheckedChanges> {
      const standing = standingRollout(environment.documents, key);
      if (standing === undefined) return fail('NOT_FOUND', 'There is no such rollout.');
      const refused = approvalMissing(standing, action);
      if (refused !== undefined) return refused;
      const changes = changesOf(action, standing, environment, note, stage);
      if (changes === undefined) return wrongState(standing, action);
      return succeed(checkChanges(changes.map(rawChange)));
    },
  });
}

const defaultReason = (action: PersonalAction, key: string): string =>
  `Rollout "${key}": ${action.replace('_', ' ')}.`;

function changesOf(
  action: PersonalAction,
  standing: StandingRollout,
  { documents }: LockedEnvironment,
  note: StepNote,
  stage: number,
): readonly ControllerChange[] | undefined {
  const at = standing.rollout.life?.stage ?? 0;
  switch (action) {
    case 'start':
      return startRollout(standing, note);
    case 'pause':
      return pauseRollout(standing, note);
    case 'resume':
      return resumeRollout(standing, note);
    case 'progress':
      return (
        progressRollout(standing, note) ??
        completeRollout(standing, shippedTarget(documents, standing.rollout), note)
      );
    case 'roll_back':
      return rollBack(standing, note);
    case 'abort':
      return abortRollout(standing, note);
    case 'approve':
      return approveStage(standing, stage === 0 ? at + 1 : stage - 1, note);
  }
}

/** People may go on before the time, but not past an approval. */
function approvalMissing({ rollout }: StandingRollout, action: PersonalAction): Result<never> | undefined {
  if (action !== 'progress' || !isExposing(rollout)) return undefined;
  const next = (rollout.life?.stage ?? 0) + 1;
  if (plannedStages(rollout)[next]?.needsApproval !== true || isApproved(rollout, next)) return undefined;
  return fail('WRONG_STATE', `Stage ${next + 1} waits for an approval.`, {
    metadata: { state: rollout.life?.state ?? 'draft' },
  });
}

function wrongState({ key, rollout }: StandingRollout, action: PersonalAction): Result<never> {
  const state = rollout.life?.state ?? 'draft';
  return fail('WRONG_STATE', `The rollout "${key}" is ${state.replace('_', ' ')}: no step "${action}" now.`, {
    metadata: { kind: 'rollout', key, state },
  });
}

const rawChange = (
  { kind, key, document, expectedDocumentRevision }: ControllerChange,
  index: number,
): RawChange => ({
  kind,
  key,
  document: document ?? undefined,
  expectedRevision: expectedDocumentRevision,
  field: `changes[${index}]`,
});
