import { describe, expect, it } from 'vitest';
import type { JsonObject } from '@org/contract/model';
import { createPolicies, type Judged, type JudgedChange, type PolicyMode } from './policies.ts';
import { readPolicyRules } from './policy-rules.ts';
import { trafficShare } from './traffic-share.ts';

const rulesOf = (...rules: readonly object[]) => {
  const read = readPolicyRules(JSON.stringify({ rules }));
  if (!read.ok) throw new Error(read.fault.message);
  return createPolicies(read.value);
};
const flag = (more: JsonObject = {}): JsonObject => ({
  ...{ type: 'boolean', enabled: true, variants: { on: true, off: false }, offVariant: 'off' },
  ...{ default: { variant: 'off' }, ...more },
});
const split = (on: number, more: JsonObject = {}): JsonObject => ({
  split: {
    weights: [
      { variant: 'on', weight: on },
      { variant: 'off', weight: 100 - on },
    ],
    ...more,
  },
});
const change = (
  before: JsonObject | undefined,
  after: JsonObject | undefined,
  kind = 'flag',
): JudgedChange => ({
  ...{ kind, key: 'a', before, after, field: 'changes[0]' },
});
const judged = (changes: readonly JudgedChange[], more: Partial<Judged> = {}): Judged => ({
  ...{ environment: 'shop/production', mode: 'direct', changes, reason: '', nowMs: 0, ...more },
});

describe('the share of traffic', () => {
  const share = (before: JsonObject | undefined, after: JsonObject | undefined, kind = 'flag'): number =>
    +trafficShare(kind, before, after).toFixed(6);
  const rule = (serve: JsonObject, value = 'x'): JsonObject => ({
    rules: [{ id: 'r', when: { op: 'equals', attribute: 'tier', value }, serve }],
  });

  it('is what the change of a split moves', () => {
    expect(share(flag(), flag({ default: split(10) }))).toBe(0.1);
    expect(share(flag({ default: split(10) }), flag({ default: split(25) }))).toBe(0.15);
    expect(share(flag({ default: split(25) }), flag({ default: split(10) }))).toBe(0.15);
    expect(share(flag({ default: split(10) }), flag({ default: { variant: 'on' } }))).toBe(0.9);
    // Another salt gives the same shares to other people.
    expect(share(flag({ default: split(10) }), flag({ default: split(10, { salt: 'b' }) }))).toBe(1);
    expect(share(flag(rule(split(5))), flag(rule(split(9))))).toBe(0.04);
  });

  it('is everything where nobody knows whom it reaches', () => {
    expect(share(flag(), flag({ enabled: false }))).toBe(1);
    expect(share(flag(), flag({ variants: { on: false, off: true } }))).toBe(1);
    expect(share(flag(rule(split(5))), flag(rule(split(5), 'y')))).toBe(1);
    expect(share(flag(), undefined)).toBe(1);
    expect(share({ when: 1 }, { when: 2 }, 'segment')).toBe(1);
  });

  it('is nothing where nobody is served otherwise', () => {
    expect(share(flag(), flag({ description: 'b', owner: 'c', tags: ['d'] }))).toBe(0);
    expect(share(undefined, flag())).toBe(0);
    expect(share(undefined, flag({ default: split(10) }))).toBe(0.1);
    expect(share(flag({ enabled: false }), flag({ enabled: false, default: { variant: 'on' } }))).toBe(0);
    expect(share(flag(), flag({ targets: [{ variant: 'on', keys: ['me'] }] }))).toBe(0);
    expect(share(undefined, {}, 'metric')).toBe(0);
  });
});

describe('rules', () => {
  it('ask for approvals above a share, where they hold, and name how to get them', () => {
    const policies = rulesOf(
      { name: 'few', rule: 'approval', environments: ['*/production'], aboveShare: 0.1 },
      { name: 'many', rule: 'approval', environments: ['shop/*'], aboveShare: 0.5, quorum: 3 },
    );
    const small = [change(flag(), flag({ default: split(10) }))];
    const large = [change(flag(), flag({ default: split(60) }))];
    expect(policies.judge(judged(small))).toEqual([]);
    expect(policies.judge(judged(large))).toMatchObject([
      {
        ...{ field: 'changes[0]', rule: 'approval_required' },
        message: expect.stringMatching(/up to 60 %.*above 10 %.*ProposeChange.*policy "few"/) as string,
      },
      { message: expect.stringContaining('3 approvals') as string },
    ]);
    for (const mode of ['unproposable', 'proposed', 'approved', 'bypass'] as const)
      expect(policies.judge(judged(large, { mode }))).toEqual([]);
    const needed = (environment: string, changes: readonly JudgedChange[]): number =>
      policies.approvalsNeeded(environment, changes);
    expect([needed('shop/production', large), needed('shop/production', small)]).toEqual([3, 0]);
    expect([needed('other/production', large), needed('other/dev', large)]).toEqual([1, 0]);
  });

  it('freeze for a time or every week, but not proposals and emergencies', () => {
    const [from, to] = ['2026-12-24T00:00:00Z', '2026-12-27T00:00:00Z'];
    const policies = rulesOf(
      { name: 'holidays', rule: 'freeze', from, to },
      { name: 'weekend', rule: 'freeze', weekly: { days: [5, 6, 7], from: '18:00', to: '24:00' } },
    );
    const frozen = (at: string, mode: PolicyMode = 'direct'): readonly string[] =>
      policies
        .judge(judged([change(flag(), flag({ owner: 'a' }))], { nowMs: Date.parse(at), mode }))
        .map(({ message }) => /policy "(\w+)"/.exec(message)?.[1] ?? '');
    expect(frozen('2026-12-23T23:59:59Z')).toEqual([]);
    expect(frozen(from)).toEqual(['holidays']);
    expect(frozen('2026-12-25T18:00:00Z')).toEqual(['holidays', 'weekend']);
    expect(frozen(to)).toEqual([]);
    expect(frozen('2026-11-20T17:59:59Z')).toEqual([]);
    expect(frozen('2026-11-20T18:00:00Z')).toEqual(['weekend']);
    expect(frozen('2026-11-20T18:00:00Z', 'approved')).toEqual(['weekend']);
    expect(frozen('2026-11-20T18:00:00Z', 'proposed')).toEqual([]);
    expect(frozen('2026-11-20T18:00:00Z', 'bypass')).toEqual([]);
  });

  it('find everything that is missing at once, with its place', () => {
    const policies = rulesOf(
      { name: 'owners', rule: 'required_owner' },
      { name: 'tags', rule: 'required_tags', tags: ['team:*', 'gdpr'] },
      { name: 'why', rule: 'required_reason', pattern: '[A-Z]+-\\d+' },
      { name: 'keys', rule: 'key_pattern', pattern: '^[a-z]+-[a-z]+$', kinds: ['flag'] },
      { name: 'few', rule: 'max_changes', documents: 1 },
    );
    const added = [change(undefined, flag()), change({ key: 1 }, undefined, 'segment')];
    const found = policies.judge(judged(added, { reason: 'because' }));
    expect(found.map(({ field, rule }) => `${field}: ${rule}`)).toEqual([
      'changes[0].document.owner: required_owner',
      'changes[0].document.tags: required_tags',
      'changes[0].document.tags: required_tags',
      'reason: required_reason',
      'changes[0].key: key_pattern',
      'changes: max_changes',
    ]);
    const sound = flag({ owner: 'web', tags: ['team:web', 'gdpr'] });
    expect(policies.judge(judged([change(flag(), sound)], { reason: 'SHOP-12: wanted' }))).toEqual([]);
  });

  it.each([
    ['{"rules":[{"name":"a","rule":"nonsense"}]}', 'rules.0.rule'],
    ['{"rules":[{"name":"a","rule":"approval","quorum":0}]}', 'rules.0.quorum'],
    ['{"rules":[{"name":"a","rule":"approval","environments":["production"]}]}', 'project/environment'],
    ['{"rules":[{"name":"a","rule":"approval","more":1}]}', 'rules.0'],
    ['{"rules":[{"name":"a","rule":"freeze"}]}', 'either from and to'],
    ['{"rules":[{"name":"a","rule":"key_pattern","pattern":"("}]}', 'no regular expression'],
    [
      '{"rules":[{"name":"a","rule":"required_owner"},{"name":"a","rule":"required_owner"}]}',
      'the same name',
    ],
    ['not JSON', 'the file'],
  ])('refuse the file %s', (text, message) => {
    const read = readPolicyRules(text);
    expect(read.ok ? '' : read.fault.message).toContain(message);
  });
});
