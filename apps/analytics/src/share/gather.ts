// Questions that every holder of partitions answers for its own, and how one process asks them all.
import { fail } from '@org/contract';
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
import { readSeries, type SeriesRequest, type SeriesShare } from '../experiments/collect/series-shares.ts';
import {
  readMoment,
  readShares,
  type Moment,
  type PartShare,
  type SharesRequest,
} from '../experiments/collect/shares.ts';
import { partitionCount } from '../ingest/partition.ts';
import type { Database } from '../store/database.ts';
import { eraseFrom, type ErasedUnit } from '../store/erase.ts';
import { inTransaction, inTurn } from '../store/database.ts';
import type { ErasedUpTo } from '../store/erasures.ts';
import { FaultError, partitionsAway } from './fault-error.ts';
import type { Peers } from './peers.ts';
import { readStatus, type PartStatus } from './part-status.ts';
import { readTableRows, type RowsRequest, type TableRows } from './table-rows.ts';
import type { Share } from './share.ts';

/** What is asked and answered, by method. All of it is plain data. */
export interface PartQuestions {
  readonly moment: { readonly ask: CollectRequest; readonly answer: Moment };
  readonly shares: { readonly ask: SharesRequest; readonly answer: readonly PartShare[] };
  readonly series: { readonly ask: SeriesRequest; readonly answer: SeriesShare };
  readonly baseline: { readonly ask: BaselineQuestion; readonly answer: readonly BaselineShare[] };
  readonly funnel: { readonly ask: FunnelQuestion; readonly answer: FunnelShare };
  readonly status: { readonly ask: string; readonly answer: PartStatus };
  readonly rows: { readonly ask: RowsRequest; readonly answer: TableRows };
  /** Answers how many events went. */
  readonly erase: { readonly ask: ErasedUnit & { readonly upTo: ErasedUpTo }; readonly answer: number };
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
export interface Gather {
  <M extends PartMethod>(
    method: M,
    ask: PartQuestions[M]['ask'],
  ): Promise<readonly PartQuestions[M]['answer'][]>;
  /** Whether others hold partitions, too. */
  readonly isShared: boolean;
  /** Another text when those others have come further, or others hold them. */
  readonly state: () => string;
}

export const allParts: readonly number[] = Array.from({ length: partitionCount }, (_, part) => part);

/** What this process answers from its database. */
export function createPartAnswers(database: Database, position: () => number): PartAnswers {
  return {
    moment: (parts, ask) => readMoment(database, parts, ask),
    shares: (parts, ask) => readShares(database, parts, ask),
    series: (parts, ask) => readSeries(database, parts, ask),
    baseline: (parts, ask) => readBaselineShares(database, parts, ask),
    funnel: (parts, ask) => readFunnelShare(database, parts, ask),
    status: (_parts, environmentId) => readStatus(database, environmentId, position()),
    rows: (_parts, ask) => readTableRows(database, ask),
    erase: (_parts, { upTo, ...unit }) => erase(database, unit, upTo),
  };
}

async function erase(database: Database, unit: ErasedUnit, upTo: ErasedUpTo): Promise<number> {
  const connection = await database.connect();
  // First, so that a crash in between leaves nothing that a rebuild would bring back.
  database.erasures.add(unit.environmentId, unit.kind, unit.unit, upTo);
  try {
    return await inTurn(database, () => inTransaction(connection, () => eraseFrom(connection, unit)));
  } finally {
    connection.closeSync();
  }
}

/** For a process that holds all partitions by itself. */
export function gatherLocally(database: Database, position: () => number = () => 0): Gather {
  const answers = createPartAnswers(database, position);
  const gather = async <M extends PartMethod>(method: M, ask: PartQuestions[M]['ask']) => [
    await answers[method](allParts, ask),
  ];
  return Object.assign(gather, { isShared: false, state: () => '' });
}

/** For processes that share them. */
export function gatherShared(share: Share, answers: PartAnswers, peers: Peers): Gather {
  const gather = async <M extends PartMethod>(method: M, ask: PartQuestions[M]['ask']) => {
    refuseOtherUnits(method, ask);
    const { shares } = share;
    if (shares === undefined)
      throw partitionsAway('This analytics process does not know now which partitions are its own.');
    const byOwner = new Map<string, number[]>();
    for (const [part, owner] of shares.owners.entries())
      byOwner.set(owner, [...(byOwner.get(owner) ?? []), part]);
    if (byOwner.has('')) throw partitionsAway('Some partitions are being taken over.');
    return Promise.all(
      [...byOwner].map(([owner, parts]) =>
        owner === share.id
          ? answers[method](parts, ask)
          : peers.ask(shares.members[owner]!.address, { method, parts, ask }),
      ),
    );
  };
  const state = (): string => {
    const { owners = [], members = {} } = share.shares ?? {};
    return JSON.stringify([owners, Object.values(members).map(({ position }) => position)]);
  };
  return Object.assign(gather, { isShared: true, state });
}

/** Events lie where their user's partition is held: those of another kind of unit lie in several places. */
function refuseOtherUnits<M extends PartMethod>(method: M, ask: PartQuestions[M]['ask']): void {
  if (method !== 'moment') return;
  const { experiment } = ask as CollectRequest;
  if ((experiment.unit ?? 'user') === 'user') return;
  const message = `Where analytics processes share partitions, experiments are analysed on units of kind "user" only; this one is on "${experiment.unit ?? ''}".`;
  throw new FaultError(fail('WRONG_STATE', message).fault);
}

/** Answers only for partitions that are this process's own and up to date: nobody counts one twice, or half. */
export function guardAnswers(
  answers: PartAnswers,
  share: Share,
  ready: () => ReadonlySet<number>,
): PartAnswers {
  const guarded = Object.entries(answers).map(([method, answer]) => [
    method,
    (parts: readonly number[], ask: never) => {
      const { shares } = share;
      const own = ready();
      const missing = parts.find((part) => shares?.owners[part] !== share.id || !own.has(part));
      if (missing === undefined)
        return (answer as (parts: readonly number[], ask: never) => Promise<unknown>)(parts, ask);
      return Promise.reject(partitionsAway(`Partition ${missing} is being taken over.`));
    },
  ]);
  return Object.fromEntries(guarded) as PartAnswers;
}
