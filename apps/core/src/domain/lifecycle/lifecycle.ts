// The flags of an environment with their ages and what became of them: the clean-up report.
import type { FlagLifecycle } from '@org/contract/gen/flags/v1/admin_service';
import type { Flag, Overlay } from '@org/contract/model';
import type { UsageRow } from '../../store/usage-store.ts';
import type { HeldDocument } from '../environment/document-set.ts';
import type { DocumentSource } from '../environment/document-set.ts';
import { optionalTimestampOf, timestampOf } from '../environment/encoded.ts';
import { directUsages } from '../usage/usages.ts';
import { judgeFlag, type Verdict } from './staleness.ts';

/** What the report is made from. */
export interface LifecycleFacts {
  readonly documents: DocumentSource;
  readonly usage: ReadonlyMap<string, readonly UsageRow[]>;
  readonly countingSinceMs: number;
  readonly nowMs: number;
  readonly staleAfterMs: number;
}

const usagesToldMax = 100;

/** The verdict on one flag. */
export function verdictOf(held: HeldDocument, facts: LifecycleFacts): Verdict {
  const overlays = liveOverlays(held.key, facts.documents);
  const changedAtMs = Math.max(held.changedAtMs, ...overlays.map((overlay) => overlay.changedAtMs));
  return judgeFlag({
    ...facts,
    // Documents in the store passed the schema of their kind.
    flag: held.document as unknown as Flag,
    overlays: overlays.map(({ document }) => document as unknown as Overlay),
    createdAtMs: held.createdAtMs,
    changedAtMs,
    countingSinceMs: Math.max(held.createdAtMs, facts.countingSinceMs),
    usage: facts.usage.get(held.key) ?? [],
  });
}

function liveOverlays(flagKey: string, documents: DocumentSource): readonly HeldDocument[] {
  return [...documents.dependants('flag', flagKey)].flatMap(({ kind, key }) => {
    const held = kind === 'overlay' ? documents.held(kind, key) : undefined;
    return held !== undefined && held.document['mode'] === 'live' ? [held] : [];
  });
}

/** One line of the report. */
export function lifecycleOf(held: HeldDocument, facts: LifecycleFacts): FlagLifecycle {
  const { staleness, variant, advice } = verdictOf(held, facts);
  const flag = held.document as unknown as Flag;
  const usage = facts.usage.get(held.key) ?? [];
  const usages = directUsages(facts.documents, { kind: 'flag', key: held.key }).slice(0, usagesToldMax);
  const blocked = usages.some(({ blocksDeletion }) => blocksDeletion) && advice !== '';
  const lastMs = usage.length === 0 ? undefined : Math.max(...usage.map((row) => row.lastMs));
  return {
    key: held.key,
    type: flag.type,
    owner: flag.owner ?? '',
    tags: [...(flag.tags ?? [])],
    createdAt: timestampOf(held.createdAtMs),
    changedAt: timestampOf(held.changedAtMs),
    lastEvaluatedAt: optionalTimestampOf(lastMs),
    countingSince: timestampOf(Math.max(held.createdAtMs, facts.countingSinceMs)),
    variants: usage.map((row) => ({
      variant: row.variant,
      evaluations: row.evaluations,
      lastEvaluatedAt: timestampOf(row.lastMs),
    })),
    staleness,
    variantToKeep: variant,
    advice: blocked ? `${advice} First end its uses here.` : advice,
    usages,
  };
}
