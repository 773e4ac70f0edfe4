// Tells the analytics process the documents that say what to compute. Whole per environment, when something changed and
// from time to time anyway: it may have been started anew. Never waits for it, and never fails because of it.
import { comparisonKey, comparisonOf } from '@org/automation';
import type { DocumentSource } from '../domain/environment/document-set.ts';
import type { Replica } from '../domain/environment/replica.ts';
import { exposingRollouts } from '../domain/rollouts/running.ts';

/** Everything of these kinds in one environment. */
export interface ToldDefinitions {
  readonly environmentId: string;
  readonly revision: number;
  readonly documents: readonly {
    readonly kind: string;
    readonly key: string;
    readonly revision: number;
    readonly document: unknown;
  }[];
}

/** False: the analytics process did not take it. */
export type TellDefinitions = (told: ToldDefinitions) => Promise<boolean>;

const toldKinds = ['experiment', 'metric', 'holdout'] as const;
/** Looks in between tell of changes only. */
const looksPerRepeat = 15;

type Source = Pick<Replica, 'environmentId' | 'revision' | 'state'>;

/** A function to be called at each look. */
export function createDefinitionsTeller(
  tell: TellDefinitions,
): (replicas: Iterable<Source>) => Promise<void> {
  const told = new Map<string, number>();
  let looks = 0;
  let telling: Promise<void> | undefined;
  const look = async (replicas: Iterable<Source>): Promise<void> => {
    if (looks % looksPerRepeat === 0) told.clear();
    looks += 1;
    for (const replica of replicas) {
      const { environmentId, revision } = replica;
      if (told.get(environmentId) === revision) continue;
      if (!(await tell(definitionsOf(replica)))) return told.clear();
      told.set(environmentId, revision);
    }
  };
  return (replicas) => (telling ??= look([...replicas]).finally(() => (telling = undefined)));
}

const definitionsOf = ({ environmentId, revision, state }: Source): ToldDefinitions => ({
  environmentId,
  revision,
  documents: [
    ...toldKinds.flatMap((kind) =>
      [...state.documents.ofKind(kind)].map((held) => ({
        kind,
        key: held.key,
        revision: held.revision,
        document: held.document,
      })),
    ),
    ...comparisonsOf(state.documents),
  ],
});

/** Stages of rollouts are compared as experiments are. */
const comparisonsOf = (documents: DocumentSource): ToldDefinitions['documents'] =>
  exposingRollouts(documents).flatMap(({ key, revision, rollout }) => {
    const document = comparisonOf(rollout);
    return document === undefined
      ? []
      : [{ kind: 'experiment', key: comparisonKey(key), revision, document }];
  });
