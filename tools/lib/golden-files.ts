// Reads test/conformance/{histories,lists,logic}.json for the tests of evaluators and of running systems. Compares nothing.
import { readFileSync } from 'node:fs';
import type { EvaluationContext, JsonObject, JsonValue } from '@org/contract/model';

export interface GoldenDocument {
  readonly kind: string;
  readonly key: string;
  readonly document: JsonValue;
}

/** No value: the caller's default. */
export interface GoldenAnswer {
  readonly value?: JsonValue;
  readonly variant?: string;
  readonly reason: string;
  readonly rule?: string;
  readonly errorCode?: string;
}

/** One step of histories.json. */
export interface HistoryStep {
  readonly put?: readonly GoldenDocument[];
  readonly remove?: readonly { readonly kind: string; readonly key: string }[];
  readonly kill?: readonly string[];
  readonly restore?: readonly string[];
  readonly answers: readonly {
    readonly flag: string;
    readonly context: EvaluationContext;
    readonly expected: GoldenAnswer;
    /** What is answered where nothing remembers what units were given. */
    readonly withoutMemory?: GoldenAnswer;
  }[];
}

export interface History {
  readonly name: string;
  readonly steps: readonly HistoryStep[];
}

/** Ids, or the numbers from `from` up to before `to` after a prefix. */
export type ListIds =
  readonly string[] | { readonly prefix: string; readonly from: number; readonly to: number };

/** lists.json. */
export interface ListsFile {
  readonly specVersion: string;
  readonly hashes: readonly (readonly [text: string, hash: string])[];
  readonly documents: readonly GoldenDocument[];
  readonly steps: readonly {
    readonly edits: readonly {
      readonly list: string;
      readonly edit: 'add' | 'remove' | 'replace';
      readonly ids: ListIds;
      readonly count: number;
      readonly chunks: readonly string[];
    }[];
    readonly checks: readonly {
      readonly context: EvaluationContext;
      readonly segments: readonly string[];
    }[];
  }[];
}

/** logic.json. */
export interface LogicFile {
  readonly specVersion: string;
  readonly documents: readonly GoldenDocument[];
  readonly cases: readonly {
    readonly flag: string;
    readonly context: EvaluationContext;
    readonly expected: Omit<GoldenAnswer, 'reason'> & { readonly reason?: string; readonly error?: true };
  }[];
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../test/conformance/${name}`, import.meta.url), 'utf8')) as unknown;

export const goldenHistories = read('histories.json') as {
  readonly specVersion: string;
  readonly histories: readonly History[];
};
export const goldenLists = read('lists.json') as ListsFile;
export const goldenLogic = read('logic.json') as LogicFile;

/** A step as SDKs get it: what a core makes of puts, kills and restores. */
export interface Delta {
  readonly upserts: readonly (GoldenDocument & { readonly revision: number })[];
  readonly deletes: readonly { readonly kind: string; readonly key: string }[];
  readonly revision: number;
}

/** The steps of a history as deltas; whether a flag is killed outlives every edit of it. */
export function deltasOf({ steps }: History): readonly Delta[] {
  const flags = new Map<string, JsonObject>();
  const killed = new Set<string>();
  return steps.map(({ put = [], remove = [], kill = [], restore = [] }, index) => {
    const revision = index + 1;
    for (const { kind, key, document } of put) if (kind === 'flag') flags.set(key, document as JsonObject);
    for (const key of kill) killed.add(key);
    for (const key of restore) killed.delete(key);
    const touched = new Set([
      ...put.flatMap(({ kind, key }) => (kind === 'flag' ? [key] : [])),
      ...kill,
      ...restore,
    ]);
    const upserts = [
      ...put.filter(({ kind }) => kind !== 'flag'),
      ...Array.from(touched, (key) => {
        const document = { ...flags.get(key)!, ...(killed.has(key) && { killed: true }) };
        return { kind: 'flag', key, document };
      }),
    ].map((each) => ({ ...each, revision }));
    return { upserts, deletes: remove, revision };
  });
}

/** The ids one by one. */
export const idsOf = (ids: ListIds): readonly string[] =>
  'prefix' in ids
    ? Array.from({ length: ids.to - ids.from }, (_, index) => `${ids.prefix}${ids.from + index}`)
    : ids;
