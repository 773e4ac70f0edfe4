// What only the server writes into documents: whether a flag is killed, how far a recurring schedule or an experiment got. Commits of
// documents leave it as it is, whatever their text says: an edit made from an older copy must not bring a killed flag back.
import type { Violation } from '@org/contract';
import type { JsonObject } from '@org/contract/model';
import { canonicalJson } from '@org/sync';
import type { DocumentSource } from '../environment/document-set.ts';
import type { CheckedChanges, ProposedChange } from './proposed-change.ts';

/**
 * `checked`: left out, it stays as it is; said otherwise, the commit is refused. `kept`: it stays as it is. `taken`: the
 * command is the one that changes it.
 */
type OwnStateRule = 'checked' | 'kept' | 'taken';
/** The rule for the documents of each kind that have such state. */
export type OwnStateRules = Readonly<
  Record<'flag' | 'schedule' | 'list' | 'experiment' | 'rollout' | 'breaker' | 'evolution', OwnStateRule>
>;

/** A person's commit. */
export const ownStateChecked: OwnStateRules = {
  flag: 'checked',
  schedule: 'checked',
  list: 'checked',
  experiment: 'checked',
  rollout: 'checked',
  breaker: 'checked',
  evolution: 'checked',
};
/** A revert: what lists held is state of back then, too. */
export const ownStateKept: OwnStateRules = {
  flag: 'kept',
  schedule: 'kept',
  list: 'taken',
  experiment: 'kept',
  rollout: 'kept',
  breaker: 'kept',
  evolution: 'kept',
};
/** Kill, and a revert of kills. */
export const killsTaken: OwnStateRules = { ...ownStateKept, flag: 'taken' };
/** The runner. */
export const runsTaken: OwnStateRules = {
  flag: 'kept',
  schedule: 'taken',
  list: 'checked',
  experiment: 'kept',
  rollout: 'taken',
  breaker: 'taken',
  evolution: 'taken',
};
/** An edit of a list. */
export const membersTaken: OwnStateRules = ownStateKept;
/** A step of an experiment. */
export const lifeTaken: OwnStateRules = { ...ownStateKept, experiment: 'taken' };
/** A step of a rollout. */
export const rolloutTaken: OwnStateRules = { ...ownStateKept, rollout: 'taken' };

interface OwnState {
  readonly kind: keyof OwnStateRules;
  readonly member: string;
  readonly refusal: string;
  /** Whether what the text says is no contradiction to what is live. */
  accepts(said: unknown, live: unknown): boolean;
}

const ownStates: readonly OwnState[] = [
  {
    kind: 'flag',
    member: 'killed',
    refusal: 'Only Kill changes whether a flag is killed; leave this out, or as it is.',
    accepts: (said, live) => (said === true) === (live === true),
  },
  {
    kind: 'schedule',
    member: 'lastRun',
    refusal: 'Only the server notes when a schedule ran; leave this out, or as it is.',
    accepts: (said, live) => canonicalJson(said) === canonicalJson(live ?? null),
  },
  {
    kind: 'experiment',
    member: 'life',
    refusal: 'Only ExperimentService starts, stops and decides; leave this out, or as it is.',
    accepts: (said, live) => canonicalJson(said) === canonicalJson(live ?? null),
  },
  {
    kind: 'rollout',
    member: 'life',
    refusal: 'Only RolloutService and the controller take steps; leave this out, or as it is.',
    accepts: (said, live) => canonicalJson(said) === canonicalJson(live ?? null),
  },
  {
    kind: 'breaker',
    member: 'life',
    refusal: 'Only the controller opens and closes breakers; leave this out, or as it is.',
    accepts: (said, live) => canonicalJson(said) === canonicalJson(live ?? null),
  },
  {
    kind: 'evolution',
    member: 'life',
    refusal: 'Only the controller of evolution takes steps; leave this out, or as it is.',
    accepts: (said, live) => canonicalJson(said) === canonicalJson(live ?? null),
  },
  ...['chunks', 'count'].map((member): OwnState => ({
    kind: 'list',
    member,
    refusal: 'Only CommitList changes the members of a list; leave this as it is.',
    accepts: (said, live) => canonicalJson(said) === canonicalJson(live ?? null),
  })),
];

/** Flags that begin to exist: only the history knows whether they were killed before. */
export const bornFlags = (
  { changes }: CheckedChanges,
  documents: DocumentSource,
  rules: OwnStateRules,
): readonly string[] =>
  rules.flag === 'taken'
    ? []
    : changes
        .filter(({ kind, key, json }) => kind === 'flag' && json !== undefined && !documents.held(kind, key))
        .map(({ key }) => key);

/** The changes with the server's own state put back into the documents that exist. */
export function withOwnState(
  checked: CheckedChanges,
  documents: DocumentSource,
  rules: OwnStateRules,
  /** Flags that were killed when they were removed: nobody revived them since. */
  removedKilled: ReadonlySet<string> = new Set(),
): CheckedChanges {
  const findings: Violation[] = [];
  const changes = checked.changes.map((change) => {
    const { kind, key } = change;
    const live =
      documents.held(kind, key)?.document ??
      (kind === 'flag' && removedKilled.has(key) ? { killed: true } : newborn(kind));
    if (live === undefined) return change;
    return ownStates
      .filter(({ kind }) => kind === change.kind && rules[kind] !== 'taken')
      .reduce((carried, own) => carry(carried, own, live, rules[own.kind], findings), change);
  });
  return { changes, findings: [...checked.findings, ...findings] };
}

const bornWithoutLife: ReadonlySet<string> = new Set(['experiment', 'rollout', 'breaker', 'evolution']);

/** Flags may be born killed; lists are born empty, experiments and rollouts as drafts. */
const newborn = (kind: string): JsonObject | undefined =>
  kind === 'list' ? { chunks: [''], count: 0 } : bornWithoutLife.has(kind) ? {} : undefined;

function carry(
  change: ProposedChange,
  { member, refusal, accepts }: OwnState,
  live: JsonObject,
  rule: OwnStateRule,
  findings: Violation[],
): ProposedChange {
  const { json } = change;
  const isHeld = Object.hasOwn(live, member);
  // Most documents have none of it: they are not parsed again.
  if (json === undefined || (!isHeld && !json.includes(`"${member}"`))) return change;
  const { [member]: said, ...rest } = JSON.parse(json) as JsonObject;
  if (rule === 'checked' && said !== undefined && !accepts(said, live[member])) {
    findings.push({ field: `${change.field}.document.${member}`, rule: 'server_state', message: refusal });
  }
  return { ...change, json: canonicalJson(isHeld ? { ...rest, [member]: live[member] } : rest) };
}
