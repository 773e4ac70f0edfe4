// Ages of flags: what is counted, what is stale, what a clean-up may keep; and lists by tag, owner and text.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordRequest } from '@org/contract/gen/flags/v1/event_service';
import type { FlagLifecycle } from '@org/contract/gen/flags/v1/admin_service';
import { nodeRuntime } from '../../runtime.ts';
import { dialects } from '../testing/test-database.ts';
import {
  booleanFlag,
  commitOf,
  put,
  startCore,
  startInstallation,
  valueOf,
  type TestCore,
  type TestInstallation,
} from '../testing/test-application.ts';

const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 0, 1);

describe.each(dialects)('the lifecycle of flags on %s', (dialect) => {
  let core: TestInstallation;
  let nowMs = startMs;
  let sequence = 0;
  const runtime = { ...nodeRuntime, now: () => nowMs };

  beforeAll(async () => {
    core = await startInstallation(dialect, { runtime });
    const split = { split: { weights: ['on', 'off'].map((variant) => ({ variant, weight: 1 })) } };
    const documents = {
      asked: booleanFlag({ default: split, tags: ['team-a', 'checkout'], owner: 'ada' }),
      'always-on': booleanFlag({ tags: ['team-a'], description: 'The new Basket' }),
      forgotten: booleanFlag({ default: split, owner: 'bob' }),
      'kept-on': booleanFlag({ permanent: true }),
      'needs-asked': booleanFlag({ prerequisites: [{ flag: 'always-on', variants: ['on'] }] }),
    };
    const changes = Object.entries(documents).map(([key, document]) => put('flag', key, document));
    valueOf(await core.application.admin.commit(core.grant, commitOf(changes)));
  });
  afterAll(() => core.close());

  const evaluated = async (flagKey: string, variant: string, count: number) => {
    const value = { flagKey, variant, reason: 'SPLIT', rule: 'default', revision: 1, count, fromMs: nowMs };
    const batch = RecordRequest.fromPartial({
      instanceId: 'i',
      sequence: ++sequence,
      events: [{ timeMs: nowMs, body: { $case: 'evaluationCount', value } }],
    });
    valueOf(await core.application.events.record(core.grant, batch));
    return batch;
  };
  const list = async (staleOnly = false, of: TestCore = core): Promise<readonly FlagLifecycle[]> =>
    valueOf(
      await of.application.admin.listLifecycle(core.grant, {
        pageSize: 0,
        pageToken: '',
        staleAfterDays: 0,
        staleOnly,
      }),
    ).items;
  const verdicts = async () =>
    Object.fromEntries(
      (await list(true)).map(({ key, staleness, variantToKeep }) => [key, [staleness, variantToKeep]]),
    );

  it('counts what SDKs report and what the core evaluates, once, and survives the core', async () => {
    const { revision } = core.application.environments.replica(core.environmentId)!;
    const batch = await evaluated('asked', 'on', 20);
    expect(valueOf(await core.application.events.record(core.grant, batch))).toEqual({ duplicate: true });
    await evaluated('asked', 'nonsense', 5);
    await evaluated('nothing', 'on', 5);
    core.application.environments.replica(core.environmentId)!.evaluator.evaluate('always-on', {});
    await core.running.close();
    const next = await startCore(core.database.url, { runtime });
    Object.assign(core, { running: next.running, application: next.application });
    const flags = Object.fromEntries((await list()).map((flag) => [flag.key, flag]));
    expect(flags['asked']).toMatchObject({
      variants: [{ variant: 'on', evaluations: 20 }],
      owner: 'ada',
      tags: ['team-a', 'checkout'],
      staleness: 'STALENESS_NONE',
    });
    expect(flags['always-on']).toMatchObject({ variants: [{ variant: 'on', evaluations: 1 }] });
    expect(flags['forgotten']).toMatchObject({ variants: [], lastEvaluatedAt: undefined });
    expect(core.application.environments.replica(core.environmentId)!.revision).toBe(revision);
  });

  it('tells what can leave the code, and why', async () => {
    nowMs = startMs + 31 * dayMs;
    await evaluated('asked', 'on', 1);
    await evaluated('always-on', 'on', 1);
    await evaluated('kept-on', 'on', 1);
    await evaluated('needs-asked', 'on', 1);
    expect(await verdicts()).toEqual({
      asked: ['STALENESS_ONE_VARIANT', 'on'],
      'always-on': ['STALENESS_ROLLED_OUT', 'on'],
      forgotten: ['STALENESS_NOT_EVALUATED', ''],
      'needs-asked': ['STALENESS_ONE_VARIANT', 'on'],
    });
    const [, rolledOut] = (await list(true)).toSorted((a, b) => (a.key < b.key ? 1 : -1)).toReversed();
    expect(rolledOut?.advice).toContain('write its value into the code');
    expect((await list(true)).find(({ key }) => key === 'always-on')).toMatchObject({
      advice: expect.stringContaining('First end its uses here.') as string,
      usages: [{ kind: 'flag', key: 'needs-asked', places: ['prerequisites[0]'] }],
    });
    await evaluated('asked', 'off', 1);
    expect(await verdicts()).not.toHaveProperty('asked');
  });

  it('lists by tag, owner, text and staleness', async () => {
    const keys = async (filter: object) =>
      valueOf(
        await core.application.admin.listDocuments(core.grant, {
          ...{ pageSize: 0, pageToken: '', kind: 'flag', keyContains: '' },
          ...filter,
        }),
      ).items.map(({ key }) => key);
    expect(await keys({ tags: ['team-a'] })).toEqual(['always-on', 'asked']);
    expect(await keys({ tags: ['team-a', 'checkout'] })).toEqual(['asked']);
    expect(await keys({ owner: 'bob' })).toEqual(['forgotten']);
    expect(await keys({ text: 'bASKet' })).toEqual(['always-on']);
    expect(await keys({ text: 'asked' })).toEqual(['asked', 'needs-asked']);
    expect(await keys({ stale: true })).toEqual(['always-on', 'forgotten', 'needs-asked']);
    expect(await keys({ stale: true, staleAfterDays: 100 })).toEqual([]);
  });
});
