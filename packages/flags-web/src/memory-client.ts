// A client without a core, for the tests of applications: the same interface over flags given in code.
import type { EvaluationContext, Flag, JsonValue, Overlay, Segment } from '@org/contract/model';
import { createEvaluator } from '@org/evaluator/compact';
import { createFlags } from './flags.ts';
import { createTell } from './hooks.ts';
import type { Client, Hook, TrackOptions } from './types.ts';

/** A flag document, or just a value: a flag that answers it to everybody. */
export type MemoryFlag = Flag | { readonly value: JsonValue };

/** What `createMemoryClient` starts with: documents by key. */
export interface MemoryDocuments {
  readonly flags?: { readonly [key: string]: MemoryFlag };
  readonly segments?: { readonly [key: string]: Segment };
  readonly overlays?: { readonly [key: string]: Overlay };
}

/** A client whose flags a test sets. */
export interface MemoryClient extends Client {
  /** Replaces all documents. */
  set(documents: MemoryDocuments): void;
  /** What was tracked so far. */
  readonly tracked: readonly (TrackOptions & { readonly name: string })[];
}

/** Ready at once, never connects, keeps what is tracked for the test to look at. */
export const createMemoryClient = (
  documents: MemoryDocuments = {},
  context?: EvaluationContext,
  hooks?: readonly Hook[],
): MemoryClient => {
  const evaluator = createEvaluator({ now: Date.now });
  const { client, changed, setState } = createFlags(evaluator, context, undefined, createTell(hooks));
  const tracked: (TrackOptions & { name: string })[] = [];
  const set: MemoryClient['set'] = ({ flags = {}, segments = {}, overlays = {} }) => {
    const revision = evaluator.revision + 1;
    const of = (kind: string, all: object, make = (document: unknown) => document) =>
      Object.entries(all).map(([key, document]) => ({ kind, key, revision, document: make(document) }));
    evaluator.load(
      [...of('flag', flags, flagOf), ...of('segment', segments), ...of('overlay', overlays)],
      revision,
    );
    changed();
  };
  set(documents);
  setState('READY');
  return Object.assign(client, {
    set,
    tracked,
    track: (name: string, data?: TrackOptions) => void tracked.push({ name, ...data }),
    flush: async () => {},
    close: async () => {},
  });
};

const flagOf = (flag: unknown): unknown => {
  const { value, type } = flag as { readonly value?: JsonValue; readonly type?: unknown };
  // As in the view for browsers.
  if (type === 'kill_switch') return { ...(flag as object), type: 'boolean' };
  if (value === undefined) return flag;
  return { type: typeof value, enabled: true, variants: { value }, default: { variant: 'value' } };
};
