// Judges commits by the rules of the installation: which of them a commit breaks, and how many approvals it needs. Pure but
// for the rules it was made with. Kills, controllers and steps of approved plans are not judged (see CommitCommand.policy).
import type { Violation } from '@org/contract';
import type { JsonObject, JsonValue } from '@org/contract/model';
import { holdsIn, type PolicyRule } from './policy-rules.ts';
import { trafficShare } from './traffic-share.ts';

/**
 * How a commit comes about. `direct`: somebody commits. `unproposable`: the same, by a way that has no change request.
 * `proposed`: it is only validated for now. `approved`: enough people agreed. `bypass`: an emergency.
 */
export type PolicyMode = 'direct' | 'unproposable' | 'proposed' | 'approved' | 'bypass';

/** A document that a commit changes. */
export interface JudgedChange {
  readonly kind: string;
  readonly key: string;
  readonly before: JsonObject | undefined;
  readonly after: JsonObject | undefined;
  /** Where it stands in the request. */
  readonly field: string;
}

/** A commit as the rules see it. */
export interface Judged {
  /** "project/environment". */
  readonly environment: string;
  readonly mode: PolicyMode;
  readonly changes: readonly JudgedChange[];
  readonly reason: string;
  readonly nowMs: number;
}

export interface Policies {
  /** Every rule that the commit breaks. */
  judge(judged: Judged): readonly Violation[];
  /** Approvals that the changes need; 0: none. */
  approvalsNeeded(environment: string, changes: readonly JudgedChange[]): number;
}

/** The rule of the finding that says that approvals are missing. */
export const approvalRule = 'approval_required';

/** Rules as something that judges. */
export function createPolicies(rules: readonly PolicyRule[]): Policies {
  const rulesOf = (environment: string): readonly PolicyRule[] =>
    rules.filter((each) => holdsIn(each, environment));
  return {
    judge: (judged) => rulesOf(judged.environment).flatMap((each) => findingsOf(each, judged)),
    approvalsNeeded: (environment, changes) =>
      Math.max(
        0,
        ...rulesOf(environment).flatMap((each) =>
          each.rule === 'approval' && exceeding(each, changes).length > 0 ? [each.quorum] : [],
        ),
      ),
  };
}

type RuleOf<Name extends PolicyRule['rule']> = Extract<PolicyRule, { readonly rule: Name }>;

function findingsOf(rule: PolicyRule, judged: Judged): readonly Violation[] {
  const changes = judged.changes.filter(({ kind }) => rule.kinds?.includes(kind) ?? true);
  if (changes.length === 0) return [];
  switch (rule.rule) {
    case 'approval':
      return judged.mode === 'direct' ? missingApproval(rule, changes) : [];
    case 'freeze':
      return judged.mode === 'proposed' || judged.mode === 'bypass' ? [] : frozen(rule, judged.nowMs);
    case 'required_owner':
      return changes.filter(isThere).flatMap((change) => missingOwner(rule, change));
    case 'required_tags':
      return changes.filter(isThere).flatMap((change) => missingTags(rule, change));
    case 'required_reason':
      return missingReason(rule, judged.reason);
    case 'key_pattern':
      return changes
        .filter(({ key, before }) => before === undefined && !new RegExp(rule.pattern, 'u').test(key))
        .map(({ field }) => finding(rule, `${field}.key`, `The key must match ${rule.pattern}.`));
    case 'max_changes':
      if (changes.length <= rule.documents) return [];
      return [
        finding(rule, 'changes', `At most ${rule.documents} documents change in one commit: split it.`),
      ];
  }
}

const isThere = ({ after }: JudgedChange): boolean => after !== undefined;

const finding = ({ name, rule }: PolicyRule, field: string, message: string): Violation => ({
  field,
  rule: rule === 'approval' ? approvalRule : rule,
  message: `${message} (policy "${name}")`,
});

/** The changes that reach more of the traffic than the rule lets pass. */
const exceeding = (
  rule: RuleOf<'approval'>,
  changes: readonly JudgedChange[],
): readonly { readonly change: JudgedChange; readonly share: number }[] =>
  changes
    .filter(({ kind }) => rule.kinds?.includes(kind) ?? true)
    .map((change) => ({ change, share: shareOf(change) }))
    .filter(({ share }) => share > rule.aboveShare);

function missingApproval(rule: RuleOf<'approval'>, changes: readonly JudgedChange[]): readonly Violation[] {
  const people = rule.quorum === 1 ? 'one approval' : `${rule.quorum} approvals`;
  const how = 'Propose it: ChangeRequestService/ProposeChange, or `flagsctl change propose`.';
  return exceeding(rule, changes).map(({ change, share }) => {
    const what = `It changes up to ${percentOf(share)} of the traffic; above ${percentOf(rule.aboveShare)}`;
    return finding(rule, change.field, `${what} it needs ${people}. ${how}`);
  });
}

const percentOf = (share: number): string => `${+(100 * share).toFixed(3)} %`;

/** A schedule changes what its changes do. */
function shareOf({ kind, before, after }: JudgedChange): number {
  if (kind !== 'schedule') return trafficShare(kind, before, after);
  const changes = (after?.['changes'] ?? []) as readonly JsonValue[];
  return changes.some((change) => (change as JsonObject)['kind'] !== 'metric') ? 1 : 0;
}

const dayMs = 86_400_000;

function frozen(rule: RuleOf<'freeze'>, nowMs: number): readonly Violation[] {
  const { from, to, weekly } = rule;
  const holds =
    weekly === undefined
      ? nowMs >= Date.parse(from ?? '') && nowMs < Date.parse(to ?? '')
      : isInWeek(weekly, nowMs);
  if (!holds) return [];
  const until = weekly === undefined ? `until ${to}` : `until ${weekly.to} UTC`;
  const how = 'Wait, or have a change request bypassed; Kill always works.';
  return [finding(rule, 'changes', `Nothing is changed here ${until}. ${how}`)];
}

function isInWeek({ days, from, to }: NonNullable<RuleOf<'freeze'>['weekly']>, nowMs: number): boolean {
  // The first of January 1970 was a Thursday.
  const day = ((Math.floor(nowMs / dayMs) + 3) % 7) + 1;
  const minutes = Math.floor((nowMs % dayMs) / 60_000);
  return days.includes(day) && minutes >= minutesOf(from) && minutes < minutesOf(to);
}

function minutesOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return 60 * hours + minutes;
}

/** Kinds that have an owner and tags. */
const owned: ReadonlySet<string> = new Set([
  ...['flag', 'segment', 'list', 'config', 'metric', 'experiment', 'holdout', 'rollout'],
]);

function missingOwner(rule: PolicyRule, { kind, after, field }: JudgedChange): readonly Violation[] {
  const owner = after?.['owner'];
  if (!owned.has(kind) || (typeof owner === 'string' && owner.trim() !== '')) return [];
  return [finding(rule, `${field}.document.owner`, `Name who owns the ${kind}.`)];
}

function missingTags(
  rule: RuleOf<'required_tags'>,
  { kind, after, field }: JudgedChange,
): readonly Violation[] {
  if (!owned.has(kind)) return [];
  const found = (after?.['tags'] ?? []) as readonly string[];
  return rule.tags
    .filter(
      (wanted) =>
        !found.some((tag) => (wanted.endsWith('*') ? tag.startsWith(wanted.slice(0, -1)) : tag === wanted)),
    )
    .map((wanted) => finding(rule, `${field}.document.tags`, `Add a tag "${wanted}".`));
}

function missingReason(rule: RuleOf<'required_reason'>, reason: string): readonly Violation[] {
  const { charsMin, pattern } = rule;
  if (reason.trim().length < charsMin)
    return [finding(rule, 'reason', `Say why, in at least ${charsMin} characters.`)];
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(reason))
    return [finding(rule, 'reason', `The reason must match ${pattern}.`)];
  return [];
}
