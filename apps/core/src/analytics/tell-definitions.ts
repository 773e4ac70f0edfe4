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

/** Tells one analytics process. */
export interface DefinitionsTeller {
  /** To be called at each look: tells of changes, and of everything from time to time. */
  look(replicas: Iterable<Source>): Promise<void>;
  /** What changed up to now, so that a question about it is understood. */
  tellChanges(replicas: Iterable<Source>): Promise<void>;
}

export function createDefinitionsTeller(tell: TellDefinitions): DefinitionsTeller {
  const told = new Map<string, number>();
  let looks = 0;
  let telling: Promise<void> | undefined;
  const tellAll = async (replicas: readonly Source[]): Promise<void> => {
    for (const replica of replicas) {
      const { environmentId, revision } = replica;
      if (told.get(environmentId) === revision) continue;
      if (!(await tell(definitionsOf(replica)))) return told.clear();
      told.set(environmentId, revision);
    }
  };
  const inTurn = (replicas: Iterable<Source>): Promise<void> =>
    (telling ??= tellAll([...replicas]).finally(() => (telling = undefined)));
  return {
    look(replicas) {
      if (looks % looksPerRepeat === 0) told.clear();
      looks += 1;
      return inTurn(replicas);
    },
    async tellChanges(replicas) {
      // What is under way began before the newest change.
      await telling;
      await inTurn(replicas);
    },
  };
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
