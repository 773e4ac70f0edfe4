// A client without a core, for the tests of applications: the same interface over flags given in code.
import type { Config, Flag, JsonValue, Overlay, Segment } from '@org/contract/model';
import { createEvaluator, memberSetOf, type EvaluatedDocument, type EvaluatorOptions } from '@org/evaluator';
import { configFlagKey, withConfigs } from '@org/evaluator/config';
import { jsonLogic } from '@org/evaluator/logic';
import { createExposureFilter } from '@org/events';
import { createEmitter } from './emitter.ts';
import { FlagsError } from './errors.ts';
import { createExperimentOverlays, experimentMethod } from './experiments.ts';
import { createGuard, type GuardPorts } from './guard/guard.ts';
import { createHooks, exposureListener, type Hook, type Hooks } from './hooks.ts';
import { createOverrides } from './overrides.ts';
import { nodePlatform } from './platform.ts';
import { rolloutMethod } from './rollouts.ts';
import { assignmentMethods, createSticky, type StickyStore } from './sticky.ts';
import type { ClientEvents, ClientState, FlagsClient, TrackOptions } from './types.ts';

/** A flag document, or just a value: a flag that answers it to everybody. */
export type MemoryFlag = Flag | { readonly value: JsonValue };

/** What `createMemoryClient` starts with. */
export interface MemoryDocuments {
  readonly flags?: { readonly [key: string]: MemoryFlag };
  readonly segments?: { readonly [key: string]: Segment };
  readonly overlays?: { readonly [key: string]: Overlay };
  readonly configs?: { readonly [key: string]: Config };
  /** Members of lists: targeting keys. */
  readonly lists?: { readonly [key: string]: readonly string[] };
}

/** What the application tracked. */
export interface TrackedEvent extends TrackOptions {
  readonly name: string;
}

/** A client whose flags a test sets. */
export interface MemoryClient extends FlagsClient {
  /** Replaces all documents. @throws FlagsError INVALID_OPTIONS, and nothing is changed then */
  set(documents: MemoryDocuments): void;
  /** What was tracked so far. */
  readonly tracked: readonly TrackedEvent[];
}

type FindMembers = NonNullable<EvaluatorOptions['members']>;

const typeOf = (value: JsonValue): Flag['type'] => {
  const type = typeof value;
  return type === 'boolean' || type === 'string' || type === 'number' ? type : 'object';
};

const flagOf = (flag: MemoryFlag): Flag =>
  typeof flag === 'object' && flag !== null && 'value' in flag
    ? {
        type: typeOf(flag.value),
        enabled: true,
        variants: { value: flag.value },
        default: { variant: 'value' },
      }
    : flag;

const documentsOf = (
  { flags = {}, segments = {}, overlays = {}, configs = {}, lists = {} }: MemoryDocuments,
  revision: number,
): EvaluatedDocument[] => [
  ...Object.entries(flags).map(([key, flag]) => ({ kind: 'flag', key, revision, document: flagOf(flag) })),
  ...Object.entries(segments).map(([key, document]) => ({ kind: 'segment', key, revision, document })),
  ...Object.entries(overlays).map(([key, document]) => ({ kind: 'overlay', key, revision, document })),
  ...Object.entries(configs).map(([key, document]) => ({ kind: 'config', key, revision, document })),
  // The one chunk of a list in memory is named after it.
  ...Object.entries(lists).map(([key, ids]) => ({
    ...{ kind: 'list', key, revision },
    document: { count: ids.length, chunks: [key] },
  })),
];

/** @throws FlagsError INVALID_OPTIONS: a mistyped flag would answer every test with the caller's default */
const check = (documents: readonly EvaluatedDocument[], revision: number, members: FindMembers): void => {
  const problems = withConfigs(createEvaluator)({ logic: jsonLogic, members }).load(documents, revision);
  if (problems.length === 0) return;
  const lines = problems.map(({ kind, key, path, message }) => `\n  ${kind} "${key}" ${path}: ${message}`);
  throw new FlagsError('INVALID_OPTIONS', `documents that a core would refuse:${lines.join('')}`);
};

/** Tells exposures as often as a client with a core does. */
const listener = (hooks: Hooks): ReturnType<typeof exposureListener> => {
  const filter = createExposureFilter({ slots: exposureSlots });
  return exposureListener(
    (outcome, _, unitHash) => filter.isNew(outcome.flagId, unitHash, outcome.id),
    hooks,
  );
};

/** Enough for the units of a test. */
const exposureSlots = 1_024;

/**
 * Ready at once, never connects, keeps what is tracked for the test to look at.
 * @throws FlagsError INVALID_OPTIONS when something is wrong with the documents
 */
export const createMemoryClient = (
  documents: MemoryDocuments = {},
  options: { readonly hooks?: readonly Hook[]; readonly stickyStore?: StickyStore } = {},
): MemoryClient => {
  const emitter = createEmitter<ClientEvents>(() => undefined);
  const experiments = createExperimentOverlays();
  const hooks = createHooks(options.hooks, emitter, () => undefined);
  const { handleOf } = hooks;
  const sticky = createSticky(options.stickyStore, () => undefined);
  let members: FindMembers = () => undefined;
  const evaluator = withConfigs(createEvaluator, { onProblem: hooks.configProblem })({
    logic: jsonLogic,
    members: (names) => members(names),
    sticky: sticky.port,
    now: () => nodePlatform.wallMs(),
    ...(hooks.exposed ? { onExposure: listener(hooks) } : {}),
  });
  const tracking = experiments.track(evaluator);
  const changed = (flagKeys: readonly string[]): void =>
    emitter.emit('change', { revision: evaluator.revision, flagKeys });
  const overrides = createOverrides(evaluator, changed);
  const keys = (): readonly string[] => [
    ...evaluator.flagKeys(),
    ...evaluator.configKeys().map(configFlagKey),
  ];
  const tracked: TrackedEvent[] = [];
  const set = (next: MemoryDocuments): void => {
    const before = keys();
    const revision = evaluator.revision + 1;
    const loaded = documentsOf(next, revision);
    const sets = new Map(Object.entries(next.lists ?? {}).map(([key, ids]) => [key, memberSetOf(ids)]));
    const find: FindMembers = ([key = '']) => sets.get(key);
    check(loaded, revision, find);
    members = find;
    tracking.load(loaded, revision);
    changed([...new Set([...before, ...keys()])]);
  };
  set(documents);
  const guardPorts: GuardPorts = {
    calls: { recordCall: () => undefined, recordTrip: () => undefined },
    nowMs: () => nodePlatform.nowMs(),
    urge: () => undefined,
    onTrip: (trip) => emitter.emit('breaker', trip),
  };
  let state: ClientState = 'READY';

  return {
    get state() {
      return state;
    },
    get revision() {
      return evaluator.revision;
    },
    hash: undefined,
    age: 0,
    recording: { waiting: 0, dropped: {} },
    boolean: (key, defaultValue) => handleOf(evaluator.boolean(key, defaultValue)),
    string: (key, defaultValue) => handleOf(evaluator.string(key, defaultValue)),
    number: (key, defaultValue) => handleOf(evaluator.number(key, defaultValue)),
    object: (key, defaultValue) => handleOf(evaluator.object(key, defaultValue)),
    flagKeys: () => evaluator.flagKeys(),
    config: (key, given) => evaluator.config(key, given),
    configKeys: () => evaluator.configKeys(),
    experiment: experimentMethod(evaluator, experiments, hooks),
    guard: (flag, run, options) => createGuard(guardPorts, flag, run, options ?? {}),
    inRollout: rolloutMethod(evaluator, experiments),
    ...assignmentMethods(sticky),
    ready: () => Promise.resolve(state),
    on: (name, listener) => emitter.on(name, listener),
    track: (name, options) => void tracked.push({ name, ...options }),
    override: (key, value) => overrides.set(key, value),
    clearOverride: (key) => overrides.clear(key),
    flush: () => Promise.resolve(),
    close() {
      state = 'STALE';
      return Promise.resolve(emitter.clear());
    },
    set,
    tracked,
  };
};
