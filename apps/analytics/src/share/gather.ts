// Questions that every holder of partitions answers for its own, and how one process asks them all.
import { partitionCount } from '../ingest/partition.ts';
import {
  readBaselineShares,
  type BaselineQuestion,
  type BaselineShare,
} from '../experiments/collect/baseline-shares.ts';
import {
  readFunnelShare,
  type FunnelQuestion,
  type FunnelShare,
} from '../experiments/collect/funnel-shares.ts';
import type { CollectRequest } from '../experiments/collect/request.ts';
import {
  readMoment,
  readShares,
  type Moment,
  type PartShare,
  type SharesRequest,
} from '../experiments/collect/shares.ts';
import type { Database } from '../store/database.ts';

/** What is asked and answered, by method. All of it is plain data. */
export interface PartQuestions {
  readonly moment: { readonly ask: CollectRequest; readonly answer: Moment };
  readonly shares: { readonly ask: SharesRequest; readonly answer: readonly PartShare[] };
  readonly baseline: { readonly ask: BaselineQuestion; readonly answer: readonly BaselineShare[] };
  readonly funnel: { readonly ask: FunnelQuestion; readonly answer: FunnelShare };
}

export type PartMethod = keyof PartQuestions;

/** Answers for partitions of this process. */
export type PartAnswers = {
  readonly [M in PartMethod]: (
    parts: readonly number[],
    ask: PartQuestions[M]['ask'],
  ) => Promise<PartQuestions[M]['answer']>;
};

/** Asks all holders; together their answers are of every partition once. Rejects when one cannot be had. */
export type Gather = <M extends PartMethod>(
  method: M,
  ask: PartQuestions[M]['ask'],
) => Promise<readonly PartQuestions[M]['answer'][]>;

export const allParts: readonly number[] = Array.from({ length: partitionCount }, (_, part) => part);

/** What this process answers from its database. */
export function createPartAnswers(database: Pick<Database, 'connect'>): PartAnswers {
  return {
    moment: (parts, ask) => readMoment(database, parts, ask),
    shares: (parts, ask) => readShares(database, parts, ask),
    baseline: (parts, ask) => readBaselineShares(database, parts, ask),
    funnel: (parts, ask) => readFunnelShare(database, parts, ask),
  };
}

/** For a process that holds all partitions by itself. */
export function gatherLocally(database: Pick<Database, 'connect'>): Gather {
  const answers = createPartAnswers(database);
  return async (method, ask) => [await answers[method](allParts, ask)];
}
