// The steps of an experiment's life as commit commands: each changes the experiment's document and its overlay together,
// so that neither can be live without the other.
import {
  allocate,
  bucketsIn,
  experimentOverlay,
  experimentOverlayKey,
  holdoutsInForce,
} from '@org/automation';
import { fail, limits, succeed, type Result, type Violation } from '@org/contract';
import type {
  DecideExperimentRequest,
  ExperimentStep,
  RampExperimentRequest,
} from '@org/contract/gen/flags/v1/experiment_service';
import { overlayBuckets } from '@org/contract/model';
import { applyConfigPatch, effectiveConfig } from '@org/evaluator/config';
import type {
  BucketRange,
  Config,
  Experiment,
  ExperimentDecision,
  ExperimentLife,
  ExperimentState,
  Flag,
  JsonObject,
} from '@org/contract/model';
import type { CommitCommand, Committer, LockedEnvironment } from '../commit/commit-command.ts';
import { callerScope, checkTexts, invalidRequest } from '../commit/check-request.ts';
import { lifeTaken } from '../commit/own-state.ts';
import { checkChanges, type CheckedChanges, type RawChange } from '../commit/proposed-change.ts';
import { requestHash } from '../commit/request-hash.ts';
import type { DocumentSource } from '../environment/document-set.ts';
import { holdoutsOf, runningExperiments } from './running.ts';

/** What a step says about itself, beside what it does. */
export type StepRequest = Pick<ExperimentStep, 'key' | 'author' | 'reason' | 'idempotencyKey'>;

/** Who asks, and where. */
export interface StepActor {
  readonly environmentId: string;
  readonly committer: Committer;
}

/** An experiment as it stands. */
interface Standing {
  readonly key: string;
  readonly experiment: Experiment;
  readonly revision: number;
  readonly state: ExperimentState;
}

type Step = (standing: Standing, environment: LockedEnvironment) => Result<readonly RawChange[]>;

/** Starts a draft. */
export function startCommand(
  actor: StepActor,
  request: ExperimentStep,
  nowMs: number,
): Result<CommitCommand> {
  return stepCommand(actor, request, ['start'], (standing, { documents }) => {
    if (standing.state !== 'draft') return wrongState(standing, 'Only a draft can be started.');
    const { experiment, key } = standing;
    const ranges = rangesFor(standing, [], experiment.allocation, documents);
    if (!ranges.ok) return ranges;
    const holdouts = holdoutsInForce(experiment, holdoutsOf(documents));
    const { holdoutsInForceMax } = limits;
    if (holdouts.length > holdoutsInForceMax) {
      const message = `${holdouts.length} holdouts cover it; an experiment leaves out the units of at most ${holdoutsInForceMax}.`;
      return refused('key', 'max_items', message);
    }
    const life: ExperimentLife = {
      state: 'running',
      ranges: ranges.value,
      ...(holdouts.length === 0 ? {} : { holdouts }),
      startedAt: new Date(nowMs).toISOString(),
      startedBy: whoOf(actor, request),
    };
    return succeed([
      experimentChange(standing, { ...experiment, life }),
      overlayChange(key, { ...experiment, life }, documents),
    ]);
  });
}

/** Lets more units in. */
export function rampCommand(actor: StepActor, request: RampExperimentRequest): Result<CommitCommand> {
  const { allocation } = request;
  return stepCommand(actor, request, ['ramp', allocation], (standing, { documents }) => {
    if (standing.state !== 'running') return wrongState(standing, 'Only a running experiment can be ramped.');
    const { experiment, key } = standing;
    const held = experiment.life?.ranges ?? [];
    if (allocation < bucketsIn(held)) {
      const message = `It has ${bucketsIn(held)} buckets already: units once in stay in.`;
      return refused('allocation', 'min_value', message);
    }
    const ranges = rangesFor(standing, held, allocation, documents);
    if (!ranges.ok) return ranges;
    const ramped: Experiment = {
      ...experiment,
      allocation,
      life: { ...experiment.life!, ranges: ranges.value },
    };
    return succeed([experimentChange(standing, ramped), overlayChange(key, ramped, documents)]);
  });
}

/** Ends the exposure. */
export function stopCommand(actor: StepActor, request: ExperimentStep, nowMs: number): Result<CommitCommand> {
  return stepCommand(actor, request, ['stop'], (standing) => {
    if (standing.state !== 'running')
      return wrongState(standing, 'Only a running experiment can be stopped.');
    const stopped = stoppedLife(standing, whoOf(actor, request), request.reason, nowMs);
    return succeed([
      experimentChange(standing, { ...standing.experiment, life: stopped }),
      removedOverlay(standing.key),
    ]);
  });
}

/** What a decision rests on. */
export interface DecisionBasis {
  /** Frozen with it. */
  readonly results: JsonObject | undefined;
  readonly reasons: readonly string[];
}

/** Takes the decision. */
export function decideCommand(
  actor: StepActor,
  request: DecideExperimentRequest,
  nowMs: number,
  { results, reasons }: DecisionBasis,
): Result<CommitCommand> {
  const { outcome, variant } = request;
  const invalid = invalidRequest(checkOutcome(request));
  if (invalid !== undefined) return invalid;
  return stepCommand(actor, request, ['decide', outcome, variant], (standing, { documents }) => {
    const { experiment, key, state } = standing;
    if (state !== 'running' && state !== 'stopped')
      return wrongState(standing, 'Only an experiment that ran can be decided.');
    if (outcome === 'ship' && !experiment.variants.some((each) => each.variant === variant))
      return refused('variant', 'unknown_variant', `"${variant}" is none of the experiment's variants.`);
    const by = whoOf(actor, request);
    const life = state === 'running' ? stoppedLife(standing, by, request.reason, nowMs) : experiment.life!;
    const decision: ExperimentDecision = {
      at: new Date(nowMs).toISOString(),
      by,
      outcome: outcome as ExperimentDecision['outcome'],
      ...(outcome === 'ship' ? { variant } : {}),
      reasons: [...(request.reason === '' ? [] : [request.reason]), ...reasons],
      ...(results === undefined ? {} : { results }),
    };
    const decided: Experiment = { ...experiment, life: { ...life, state: 'decided', decision } };
    return succeed([
      experimentChange(standing, decided),
      ...(state === 'running' ? [removedOverlay(key)] : []),
      ...(outcome === 'ship' ? [shipped(experiment, variant, documents)] : []),
    ]);
  });
}

function checkOutcome({ outcome, variant }: DecideExperimentRequest): readonly Violation[] {
  const findings: Violation[] = [];
  if (!['ship', 'roll_back', 'inconclusive'].includes(outcome)) {
    const message = 'One of "ship", "roll_back" and "inconclusive".';
    findings.push({ field: 'outcome', rule: 'one_of', message });
  }
  if (outcome === 'ship' && variant === '')
    findings.push({ field: 'variant', rule: 'required', message: 'Name the variant to ship.' });
  if (outcome !== 'ship' && variant !== '')
    findings.push({ field: 'variant', rule: 'unexpected', message: 'Only what is shipped has a variant.' });
  return findings;
}

function stepCommand(
  actor: StepActor,
  request: StepRequest,
  identity: readonly unknown[],
  step: Step,
): Result<CommitCommand> {
  const { key, author, reason, idempotencyKey } = request;
  const invalid = invalidRequest(checkTexts(request));
  if (invalid !== undefined) return invalid;
  return succeed({
    environmentId: actor.environmentId,
    committer: actor.committer,
    author,
    reason,
    idempotencyKey,
    idempotencyScope: callerScope(idempotencyKey),
    requestHash: requestHash('experiment', key, ...identity, author, reason),
    dryRun: false,
    urgent: false,
    validate: true,
    ownState: lifeTaken,
    changes(environment): Result<CheckedChanges> {
      const held = environment.documents.held('experiment', key);
      if (held === undefined)
        return fail('NOT_FOUND', 'There is no such experiment.', { metadata: { missing: 'document' } });
      const experiment = held.document as unknown as Experiment;
      const state = experiment.life?.state ?? 'draft';
      const changes = step({ key, experiment, revision: held.revision, state }, environment);
      return changes.ok ? succeed(checkChanges(changes.value)) : changes;
    },
  });
}

const whoOf = ({ committer }: StepActor, { author }: StepRequest): string =>
  author === '' ? committer.principalName || committer.keyId : author;

const wrongState = ({ key, state }: Standing, message: string): Result<never> =>
  fail('WRONG_STATE', `The experiment "${key}" is ${state}. ${message}`, { metadata: { state } });

const refused = (field: string, rule: string, message: string): Result<never> =>
  fail('INVALID_REQUEST', message, { violations: [{ field, rule, message }] });

/** Buckets beside those of the other experiments of the layer. */
function rangesFor(
  { key, experiment }: Standing,
  held: readonly BucketRange[],
  allocation: number,
  documents: DocumentSource,
): Result<readonly BucketRange[]> {
  const { layer } = experiment;
  const others =
    layer === undefined
      ? []
      : runningExperiments(documents).filter(
          (other) => other.key !== key && other.experiment.layer === layer,
        );
  const taken = others.flatMap(({ experiment: { life } }) => life?.ranges ?? []);
  const ranges = allocate(allocation, held, taken);
  if (ranges !== undefined) return succeed(ranges);
  const left = overlayBuckets - bucketsIn(taken);
  const names = others.map((other) => `"${other.key}"`).join(', ');
  return refused(
    'allocation',
    'layer_full',
    `The layer "${layer}" has ${left} buckets left beside ${names}.`,
  );
}

const experimentChange = ({ key, revision }: Standing, experiment: Experiment): RawChange => ({
  kind: 'experiment',
  key,
  document: experiment,
  expectedRevision: revision,
  field: 'key',
});

function overlayChange(key: string, experiment: Experiment, documents: DocumentSource): RawChange {
  const document = experimentOverlay(key, experiment, experiment.life?.ranges ?? [], holdoutsOf(documents));
  return {
    kind: 'overlay',
    key: experimentOverlayKey(key),
    document,
    expectedRevision: undefined,
    field: 'key',
  };
}

const removedOverlay = (key: string): RawChange => ({
  kind: 'overlay',
  key: experimentOverlayKey(key),
  document: undefined,
  expectedRevision: undefined,
  field: 'key',
});

function stoppedLife({ experiment }: Standing, by: string, reason: string, nowMs: number): ExperimentLife {
  return {
    ...experiment.life!,
    state: 'stopped',
    stoppedAt: new Date(nowMs).toISOString(),
    stoppedBy: by,
    ...(reason === '' ? {} : { stopReason: reason }),
  };
}

const shipped = (experiment: Experiment, variant: string, documents: DocumentSource): RawChange =>
  experiment.target.kind === 'config'
    ? shippedConfig(experiment, variant, documents)
    : shippedFlag(experiment.target.key, variant, documents);

/** The variant's patch becomes part of the config's values. */
function shippedConfig(
  { target: { key }, variants }: Experiment,
  variant: string,
  documents: DocumentSource,
): RawChange {
  const held = documents.held('config', key);
  const config = held?.document as unknown as Config | undefined;
  const effective = effectiveConfig(key, (name) => {
    const document = documents.get('config', name);
    return document === undefined ? undefined : { document, revision: 0 };
  });
  const patch = variants.find((each) => each.variant === variant)?.patch ?? {};
  const isSound = config !== undefined && !('problem' in effective);
  return {
    kind: 'config',
    key,
    document: isSound ? applyConfigPatch(config, effective, patch) : {},
    expectedRevision: held?.revision,
    field: 'variant',
  };
}

/** Everybody whom no target and no rule concerns gets the variant from now on. */
function shippedFlag(key: string, variant: string, documents: DocumentSource): RawChange {
  const held = documents.held('flag', key);
  const flag = held?.document as unknown as Flag | undefined;
  return {
    kind: 'flag',
    key,
    document: flag === undefined ? {} : { ...flag, default: { variant } },
    expectedRevision: held?.revision,
    field: 'variant',
  };
}
