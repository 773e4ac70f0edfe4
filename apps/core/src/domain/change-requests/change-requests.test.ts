import { afterEach, describe, expect, it } from 'vitest';
import type { ChangeRequest, Verdict } from '@org/contract/gen/flags/v1/change_request_service';
import type { Change } from '@org/contract/gen/flags/v1/document';
import type { EnvironmentGrant } from '../../application.ts';
import { createManualRuntime } from '../../testing/manual-runtime.ts';
import type { PolicyRule } from '../policy/policy-rules.ts';
import {
  booleanFlag,
  commitOf,
  faultOf,
  grantOf,
  put,
  startInstallation,
  until,
  valueOf,
  type TestInstallation,
} from '../testing/test-application.ts';

const approvals = (quorum: number, aboveShare = 0): PolicyRule => ({
  ...{ rule: 'approval', name: 'production', environments: ['*/production'], aboveShare, quorum },
});

let core: TestInstallation;
afterEach(() => core.close());

/** Somebody else with the rights of an approver. */
function personOf(id: string): EnvironmentGrant {
  const { principal } = core.admin;
  if (principal === undefined) throw new Error('the admin is no principal');
  return grantOf(
    { ...core.admin, keyId: `key-${id}`, principal: { ...principal, id, name: id } },
    core.environmentId,
  );
}

async function start(
  rules: readonly PolicyRule[],
  dialect: 'sqlite' | 'postgres' = 'sqlite',
  more: object = {},
) {
  core = await startInstallation(dialect, { policyRules: rules, ...more });
  const { changeRequests } = core.application;
  const people = { ada: personOf('ada'), bob: personOf('bob'), eve: personOf('eve') };
  return {
    ...people,
    changeRequests,
    propose: async (changes: Change[], who = people.ada): Promise<ChangeRequest> =>
      valueOf(
        await changeRequests.propose(who, {
          ...{ environment: '', changes, author: '', reason: 'wanted', idempotencyKey: '' },
        }),
      ),
    review: (who: EnvironmentGrant, of: ChangeRequest, verdict: Verdict = 'VERDICT_APPROVE') =>
      changeRequests.review(who, {
        ...{ environment: '', number: of.number, version: of.version, verdict, comment: 'seen' },
      }),
    apply: (of: ChangeRequest, at?: Date, who = people.ada) =>
      changeRequests.apply(who, {
        ...{ environment: '', number: of.number, version: of.version },
        at: at && { seconds: Math.floor(at.getTime() / 1000), nanos: (at.getTime() % 1000) * 1e6 },
      }),
    commit: (changes: Change[], rest: object = {}) =>
      core.application.admin.commit(people.ada, commitOf(changes, rest)),
    flag: async (key: string) => core.application.admin.getDocument(core.grant, 'flag', key),
  };
}

describe.each(['sqlite', 'postgres'] as const)('change requests on %s', (dialect) => {
  it('take a change from proposal to history', async () => {
    const at = await start([approvals(2)], dialect);
    const refused = faultOf(await at.commit([put('flag', 'a', booleanFlag())]));
    expect(refused).toMatchObject({
      code: 'APPROVAL_REQUIRED',
      message: expect.stringContaining('flagsctl change propose') as string,
      violations: [{ field: 'changes[0]', rule: 'approval_required' }],
    });
    const proposed = await at.propose([put('flag', 'a', booleanFlag())]);
    expect(proposed).toMatchObject({
      ...{ number: 1, version: 1, state: 'CHANGE_REQUEST_STATE_PROPOSED', approvals: 0, approvalsNeeded: 2 },
      diffs: [{ kind: 'flag', key: 'a', summary: ['flag a was created'] }],
    });
    expect(faultOf(await at.apply(proposed))).toMatchObject({ code: 'WRONG_STATE' });
    const reviewed = valueOf(await at.review(at.bob, proposed));
    expect(reviewed).toMatchObject({ state: 'CHANGE_REQUEST_STATE_REVIEWED', approvals: 1 });
    // The same person twice is one approval.
    expect(valueOf(await at.review(at.bob, proposed))).toMatchObject({ approvals: 1 });
    expect(faultOf(await at.apply(proposed)).message).toContain('1 of 2 approvals');
    expect(valueOf(await at.review(at.eve, proposed)).state).toBe('CHANGE_REQUEST_STATE_APPROVED');
    const applied = valueOf(await at.apply(proposed));
    expect(applied).toMatchObject({
      changeRequest: { state: 'CHANGE_REQUEST_STATE_APPLIED', appliedRevision: 1 },
      commit: { revision: { revision: 1, reason: 'wanted (change request 1)', principalName: 'ada' } },
    });
    expect(valueOf(await at.apply(proposed)).commit).toMatchObject({ replayed: true });
    expect(valueOf(await at.flag('a')).revision).toBe(1);
    const audit = valueOf(await core.application.audit.list({ pageSize: 3, pageToken: '', action: '' }));
    expect(audit.items.map(({ action }) => action)).toEqual([
      ...['change_request.apply', 'change_request.approve', 'change_request.approve'],
    ]);
    expect(valueOf(await core.application.audit.verify({ knownSequence: 0, knownHash: '' })).whole).toBe(
      true,
    );
  });

  it('keeps proposals of one idempotency key apart from those of another', async () => {
    const at = await start([], dialect);
    const request = {
      ...{ environment: '', changes: [put('flag', 'a', booleanFlag())], author: '', reason: '' },
      idempotencyKey: 'once',
    };
    const first = valueOf(await at.changeRequests.propose(at.ada, request));
    expect(valueOf(await at.changeRequests.propose(at.ada, request)).number).toBe(first.number);
    const other = { ...request, reason: 'another' };
    expect(faultOf(await at.changeRequests.propose(at.ada, other)).code).toBe('IDEMPOTENCY_KEY_REUSED');
    await at.propose([put('flag', 'b', booleanFlag())]);
    const page = { pageSize: 1, pageToken: '', openOnly: true };
    const newest = valueOf(await at.changeRequests.list(at.ada, page));
    expect(newest.items.map(({ number }) => number)).toEqual([2]);
    const { nextPageToken: pageToken } = newest;
    const older = valueOf(await at.changeRequests.list(at.ada, { ...page, pageToken }));
    expect([older.items.map(({ number }) => number), older.nextPageToken]).toEqual([[1], '']);
  });
});

it('lets nobody approve what he wrote, and voids approvals by an edit', async () => {
  const at = await start([approvals(1)]);
  const first = await at.propose([put('flag', 'a', booleanFlag())]);
  expect(faultOf(await at.review(at.ada, first)).code).toBe('PERMISSION_DENIED');
  valueOf(await at.review(at.bob, first));
  const changes = [put('flag', 'a', booleanFlag({ description: 'better' }))];
  const edit = { ...{ environment: '', number: 1, version: 1, reason: '' }, changes };
  const second = valueOf(await at.changeRequests.edit(at.eve, edit));
  expect(second).toMatchObject({ version: 2, state: 'CHANGE_REQUEST_STATE_PROPOSED', approvals: 0 });
  // Approval of what no longer is, edit of what no longer is, and application of what nobody saw.
  expect(faultOf(await at.review(at.bob, first)).code).toBe('REVISION_CONFLICT');
  expect(faultOf(await at.changeRequests.edit(at.eve, edit)).code).toBe('REVISION_CONFLICT');
  expect(faultOf(await at.apply(first)).code).toBe('REVISION_CONFLICT');
  expect(faultOf(await at.apply(second)).code).toBe('WRONG_STATE');
  expect(faultOf(await at.review(at.eve, second)).code).toBe('PERMISSION_DENIED');
  valueOf(await at.review(at.bob, second));
  expect(valueOf(await at.apply(second)).changeRequest?.state).toBe('CHANGE_REQUEST_STATE_APPLIED');
});

it('is held up by a rejection until it is edited, and ends when it is withdrawn', async () => {
  const at = await start([]);
  const first = await at.propose([put('flag', 'a', booleanFlag())]);
  valueOf(await at.review(at.bob, first));
  const rejected = valueOf(await at.review(at.eve, first, 'VERDICT_REJECT'));
  expect(rejected.state).toBe('CHANGE_REQUEST_STATE_REJECTED');
  expect(faultOf(await at.apply(first)).message).toContain('rejected');
  const withdraw = { environment: '', number: 1, scheduleOnly: false };
  const ended = valueOf(await at.changeRequests.withdraw(at.ada, withdraw));
  expect(ended.state).toBe('CHANGE_REQUEST_STATE_WITHDRAWN');
  expect(faultOf(await at.review(at.bob, first)).code).toBe('WRONG_STATE');
  expect(faultOf(await at.apply(first)).code).toBe('WRONG_STATE');
});

it('finds conflicts with newer commits and applies nothing then', async () => {
  const at = await start([approvals(1, 0.5)]);
  const off = booleanFlag({ default: { variant: 'off' } });
  valueOf(await at.commit([put('flag', 'a', off), put('flag', 'b', off)]));
  const proposed = await at.propose([put('flag', 'a', booleanFlag()), put('flag', 'b', booleanFlag())]);
  valueOf(await at.review(at.bob, proposed));
  valueOf(await at.commit([put('flag', 'b', { ...off, description: 'newer' })]));
  const found = valueOf(await at.changeRequests.get(at.ada, 1));
  expect(found.conflicts).toEqual([{ kind: 'flag', key: 'b' }]);
  expect(faultOf(await at.apply(proposed))).toMatchObject({
    ...{ code: 'REVISION_CONFLICT', metadata: { kind: 'flag', key: 'b', currentRevision: '2' } },
  });
  expect(valueOf(await at.flag('a')).revision).toBe(1);
});

it('records who went past the approvals, and why', async () => {
  const at = await start([approvals(2)]);
  const proposed = await at.propose([put('flag', 'a', booleanFlag())]);
  const bypass = { environment: '', number: 1, version: 1, reason: '' };
  expect(faultOf(await at.changeRequests.bypass(at.eve, bypass)).violations).toMatchObject([
    { field: 'reason', rule: 'required' },
  ]);
  const urgent = { ...bypass, reason: 'the shop is down' };
  const done = valueOf(await at.changeRequests.bypass(at.eve, urgent));
  expect(done).toMatchObject({
    changeRequest: { bypassReason: 'the shop is down', bypassedBy: 'eve', approvals: 0 },
    commit: { revision: { reason: 'wanted (change request 1) [bypassed: the shop is down]' } },
  });
  const audit = valueOf(
    await core.application.audit.list({ pageSize: 1, pageToken: '', action: 'change_request.bypass' }),
  );
  expect(audit.items).toMatchObject([
    { actorPrincipalId: 'eve', details: { reason: 'the shop is down', approvals: 0, revision: 1 } },
  ]);
  // Applied is applied: nothing is done a second time.
  expect(valueOf(await at.apply(proposed)).commit).toMatchObject({ replayed: true });
});

it('refuses proposals that could not be committed, with every finding', async () => {
  const at = await start([]);
  const changes = [put('flag', 'a', { type: 'nonsense' }), put('nothing', 'b', {})];
  const request = { environment: '', changes, author: '', reason: '', idempotencyKey: '' };
  const { violations = [] } = faultOf(await at.changeRequests.propose(at.ada, request));
  expect(violations.map(({ field }) => field)).toEqual(
    expect.arrayContaining(['changes[0].document.type', 'changes[1].kind']),
  );
});

describe('a time', () => {
  const timed = async (rules: readonly PolicyRule[] = [approvals(1)]) => {
    const clock = createManualRuntime();
    const at = await start(rules, 'sqlite', {
      databaseClock: () => Promise.resolve(clock.now()),
      changeRequestIntervalMs: 5,
    });
    return { ...at, clock };
  };

  it('is kept: the request is applied then, once, by itself', async () => {
    const at = await timed();
    const proposed = await at.propose([put('flag', 'a', booleanFlag())]);
    const later = new Date(Date.now() + 3_600_000);
    expect(faultOf(await at.apply(proposed, later)).code).toBe('WRONG_STATE');
    valueOf(await at.review(at.bob, proposed));
    expect(faultOf(await at.apply(proposed, new Date(0))).violations).toMatchObject([{ field: 'at' }]);
    const scheduled = valueOf(await at.apply(proposed, later));
    expect(scheduled.changeRequest?.state).toBe('CHANGE_REQUEST_STATE_SCHEDULED');
    expect(scheduled.commit).toBeUndefined();
    at.clock.advance(later.getTime() - at.clock.now() + 1);
    await until(async () => (await at.flag('a')).ok);
    const done = valueOf(await at.changeRequests.get(at.ada, 1));
    expect(done).toMatchObject({ state: 'CHANGE_REQUEST_STATE_APPLIED', appliedRevision: 1 });
  });

  it('passes when documents moved on: the request tells why and waits for people', async () => {
    const at = await timed([]);
    valueOf(await at.commit([put('flag', 'a', booleanFlag())]));
    const proposed = await at.propose([put('flag', 'a', booleanFlag({ description: 'mine' }))]);
    valueOf(await at.review(at.bob, proposed));
    const later = new Date(Date.now() + 3_600_000);
    valueOf(await at.apply(proposed, later));
    valueOf(await at.commit([put('flag', 'a', booleanFlag({ description: 'theirs' }))]));
    at.clock.advance(later.getTime() - at.clock.now() + 1);
    await until(async () => valueOf(await at.changeRequests.get(at.ada, 1)).failure !== '');
    const found = valueOf(await at.changeRequests.get(at.ada, 1));
    expect(found).toMatchObject({
      state: 'CHANGE_REQUEST_STATE_APPROVED',
      failure: expect.stringContaining('REVISION_CONFLICT') as string,
      applyAt: undefined,
    });
  });
});
