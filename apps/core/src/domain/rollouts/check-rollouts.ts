// The validation stage of rollouts: what they name must be there, and while one exposes units it stays what it was started
// as, with its overlay exactly what follows from it.
import { checkRecurrence, isExposing, rolloutOverlay, rolloutOverlayKey, rulesOf } from '@org/automation';
import type { StandingRollout } from '@org/automation';
import type { Violation } from '@org/contract';
import type { Flag, Rollout } from '@org/contract/model';
import { canonicalJson } from '@org/sync';
import type { ProposedChange } from '../commit/proposed-change.ts';
import type { DocumentSource } from '../environment/document-set.ts';
import { rolloutsOf } from './running.ts';

export interface RolloutProposal {
  readonly changes: readonly ProposedChange[];
  readonly before: DocumentSource;
  readonly after: DocumentSource;
}

/** Kinds whose change can concern a rollout. */
const concerned: ReadonlySet<string> = new Set(['rollout', 'flag', 'config', 'metric', 'overlay']);
/** What may be edited at any time. */
const always: ReadonlySet<string> = new Set(['description', 'owner', 'tags', 'life']);

/** Every finding. */
export function checkRollouts({ changes, before, after }: RolloutProposal): readonly Violation[] {
  const touched = changes.filter(({ kind }) => concerned.has(kind));
  if (touched.length === 0) return [];
  return [
    ...rolloutsOf(after)
      .filter((each) => touched.some((change) => concerns(each, change)))
      .flatMap((each) => [
        ...checkReferences(each, touched, after),
        ...checkWindows(each, touched),
        ...checkExposing(each, touched, before, after),
      ]),
    ...checkGone(touched, before, after),
  ];
}

const concerns = ({ key, rollout }: StandingRollout, { kind, key: changed }: ProposedChange): boolean => {
  if (kind === 'rollout') return changed === key;
  if (kind === 'overlay') return changed === rolloutOverlayKey(key);
  if (kind === 'flag' || kind === 'config')
    return kind === rollout.target.kind && changed === rollout.target.key;
  return rulesOf(rollout).some((rule) => rule.type === 'metric' && rule.metric === changed);
};

/** Where to show a finding: the rollout's own change, else the one that leads to it. */
const fieldOf = (
  { key }: StandingRollout,
  changes: readonly ProposedChange[],
  path: string,
  culprit: (change: ProposedChange) => boolean = () => true,
): string => {
  const own = changes.find((change) => change.kind === 'rollout' && change.key === key);
  if (own !== undefined) return `${own.field}.document.${path}`;
  return changes.find(culprit)?.field ?? 'changes';
};

/** A rollout that is over is history: what it names may go. */
function checkReferences(
  each: StandingRollout,
  changes: readonly ProposedChange[],
  after: DocumentSource,
): readonly Violation[] {
  const { key, rollout } = each;
  const { target, variant, control } = rollout;
  if (rollout.life?.state === 'completed' || rollout.life?.state === 'aborted') return [];
  const findings: Violation[] = [];
  const find = (kind: string, path: string, rule: string, message: string): void => {
    const field = fieldOf(each, changes, path, (change) => change.kind === kind);
    findings.push({ field, rule, message: `${message} (rollout "${key}")` });
  };
  const held = after.held(target.kind, target.key)?.document;
  if (held === undefined)
    find(target.kind, 'target.key', `unknown_${target.kind}`, `There is no ${target.kind} "${target.key}".`);
  const flag = target.kind === 'flag' ? (held as unknown as Flag | undefined) : undefined;
  for (const [path, name] of Object.entries({ variant, control })) {
    if (flag === undefined || name === undefined || Object.hasOwn(flag.variants, name)) continue;
    find('flag', path, 'unknown_variant', `The flag "${target.key}" has no variant "${name}".`);
  }
  for (const rule of rulesOf(rollout)) {
    if (rule.type !== 'metric' || after.held('metric', rule.metric) !== undefined) continue;
    find('metric', 'health', 'unknown_metric', `There is no metric "${rule.metric}".`);
  }
  return findings;
}

function checkWindows(each: StandingRollout, changes: readonly ProposedChange[]): readonly Violation[] {
  const members = ['progressWindows', 'maintenanceWindows'] as const;
  return members.flatMap((member) =>
    (each.rollout[member] ?? []).flatMap((window, index) =>
      checkRecurrence(window).map(({ path, rule, message }) => ({
        field: fieldOf(each, changes, `${member}[${index}].${path}`),
        rule,
        message,
      })),
    ),
  );
}

function checkExposing(
  each: StandingRollout,
  changes: readonly ProposedChange[],
  before: DocumentSource,
  after: DocumentSource,
): readonly Violation[] {
  const { key, rollout } = each;
  if (!isExposing(rollout)) return [];
  const was = before.held('rollout', key)?.document as unknown as Rollout | undefined;
  const changed = was !== undefined && isExposing(was) ? changedMembers(was, rollout) : [];
  const findings = changed.map((member): Violation => {
    const message = `The rollout "${key}" is under way: "${member}" stays as it was when it started.`;
    return { field: fieldOf(each, changes, member), rule: 'started', message };
  });
  const buckets = (rollout.life?.ranges ?? []).reduce((sum, { from, to }) => sum + to - from, 0);
  const overlay = after.held('overlay', rolloutOverlayKey(key))?.document;
  const expected = rolloutOverlay(key, rollout, buckets);
  if (
    findings.length === 0 &&
    (overlay === undefined || canonicalJson(overlay) !== canonicalJson(expected))
  ) {
    const field = changes.find(({ kind }) => kind === 'overlay' || kind === 'rollout')?.field ?? 'changes';
    const message = `The rollout "${key}" is under way: what makes up its traffic changes by RolloutService alone.`;
    findings.push({ field, rule: 'running', message });
  }
  return findings;
}

function changedMembers(was: Rollout, is: Rollout): readonly string[] {
  const names = new Set([...Object.keys(was), ...Object.keys(is)]);
  return [...names].filter((name) => {
    if (always.has(name)) return false;
    const [one, other] = [was, is].map((document) => (document as unknown as Record<string, unknown>)[name]);
    return canonicalJson(one ?? null) !== canonicalJson(other ?? null);
  });
}

/** A rollout under way is ended before it is removed; nobody else owns the names of its overlays. */
function checkGone(
  changes: readonly ProposedChange[],
  before: DocumentSource,
  after: DocumentSource,
): readonly Violation[] {
  const prefix = rolloutOverlayKey('');
  return changes.flatMap(({ kind, key, json, field }) => {
    if (kind === 'rollout' && json === undefined) {
      const was = before.held('rollout', key)?.document as unknown as Rollout | undefined;
      if (was === undefined || !isExposing(was)) return [];
      const message = `The rollout "${key}" is under way: roll it back or abort it first.`;
      return [{ field, rule: 'running', message }];
    }
    if (kind !== 'overlay' || json === undefined || !key.startsWith(prefix)) return [];
    const owner = after.held('rollout', key.slice(prefix.length))?.document as unknown as Rollout | undefined;
    if (owner?.life !== undefined && owner.life.ranges.length > 0) return [];
    const message = `Overlays named "${prefix}…" belong to rollouts that are under way.`;
    return [{ field: `${field}.key`, rule: 'reserved', message }];
  });
}
