// Experiments over a server that is a list of answers: what is sent, what an answer without zeros reads as, which errors.
import { describe, expect, it } from 'vitest';
import { startAdminClient } from './admin-client.ts';
import { InvalidError, NotFoundError, UnavailableError, WrongStateError } from './errors.ts';
import { connectError, fakePlatform, type FakeAnswer } from './testing/fake-platform.ts';

const start = (...answers: FakeAnswer[]) => {
  const platform = fakePlatform(...answers);
  const admin = startAdminClient({ url: 'http://127.0.0.1:1', key: 'flags_p_id_secret' }, platform);
  return { platform, production: admin.environment('shop/production', { author: 'ada' }) };
};
const commit = { status: 200, body: { revision: { revision: 3 } } };
const rejection = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

describe('the life of an experiment', () => {
  it('goes by steps that a repetition does not take twice', async () => {
    const { platform, production } = start(commit, commit, commit, commit);
    const wizard = production.experiment('wizard');
    await wizard.start({ reason: 'go' });
    await wizard.ramp(12.5);
    await wizard.stop();
    await wizard.decide({ outcome: 'ship', variant: 'new' });
    expect(platform.requests.map(({ path, body }) => [path.slice(10), body])).toEqual(
      [
        ['ExperimentService/StartExperiment', { reason: 'go' }],
        ['ExperimentService/RampExperiment', { allocation: 12_500, reason: '' }],
        ['ExperimentService/StopExperiment', { reason: '' }],
        ['ExperimentService/DecideExperiment', { outcome: 'ship', variant: 'new', reason: '' }],
      ].map(([path, body], at) => [
        path,
        {
          environment: 'shop/production',
          key: 'wizard',
          author: 'ada',
          idempotencyKey: `unique-${at}`,
          ...(body as object),
        },
      ]),
    );
    await expect(wizard.ramp(0.0001)).rejects.toThrow(RangeError);
  });

  it('says in types what is wrong', async () => {
    const { production } = start(
      { status: 404, body: connectError('not_found', 'NOT_FOUND', { metadata: { missing: 'document' } }) },
      { status: 400, body: connectError('failed_precondition', 'WRONG_STATE', { metadata: { state: 'draft' } }) }, // prettier-ignore
      {
        status: 400,
        body: connectError('invalid_argument', 'INVALID_REQUEST', {
          violations: [{ field: 'allocation', reason: 'layer_full', description: 'The layer is full.' }],
        }),
      },
      ...Array.from({ length: 4 }, () => ({
        status: 503,
        body: connectError('unavailable', 'ANALYTICS_UNAVAILABLE'),
      })),
    );
    const wizard = production.experiment('wizard');
    const missing = await rejection(wizard.start());
    expect(missing).toBeInstanceOf(NotFoundError);
    expect((missing as NotFoundError).message).toContain('there is no experiment "wizard"');
    const early = await rejection(wizard.stop());
    expect(early).toBeInstanceOf(WrongStateError);
    expect((early as WrongStateError).state).toBe('draft');
    const full = await rejection(wizard.ramp(50));
    expect(full).toBeInstanceOf(InvalidError);
    expect((full as InvalidError).violations[0]).toMatchObject({ field: 'allocation', rule: 'layer_full' });
    expect(await rejection(wizard.results())).toBeInstanceOf(UnavailableError);
  });
});

describe('answers', () => {
  it('have everything, and nothing where a number does not exist', async () => {
    const variants = [
      { variant: 'old', units: 10, mean: 0 },
      { variant: 'new', comparison: { pValue: 0 } },
    ];
    const { platform, production } = start(
      { status: 200, body: { experiment: 'wizard', metrics: [{ metric: 'buys', variants }] } },
      { status: 200, body: { points: [{ time: '2026-01-01T00:00:00Z', inside: variants }] } },
      { status: 200, body: { segments: [{ value: 'de', variants }], heterogeneityPValue: 0.5 } },
      { status: 200, body: { variants: [{ steps: [{ event: 'view', units: 3 }] }] } },
      { status: 200, body: { unitsPerVariant: 10, units: 20 } },
      { status: 200, body: { columns: ['a'], rows: [[1], [null]] } },
      { status: 200, body: { contentType: 'text/csv', content: 'a,b\r\n' } },
      { status: 200, body: { dropped: { too_old: 2 } } },
      { status: 200, body: { events: 7 } },
    );
    const wizard = production.experiment('wizard');
    const results = await wizard.results({ level: 0.99 });
    expect(results).toMatchObject({
      computedAt: '',
      units: [],
      sampleRatio: { pValue: undefined, mismatch: false, crossedUnits: 0 },
      recommendation: { action: '', reasons: [] },
    });
    expect(results.metrics[0]!.variants).toMatchObject([
      { units: 10, unitsWithEvents: 0, mean: 0, comparison: undefined },
      { mean: undefined, comparison: { pValue: 0, uplift: undefined, significant: false, notEnough: '' } },
    ]);
    expect((await wizard.timeSeries('buys')).points[0]!.cumulative).toEqual([]);
    expect((await wizard.segments('buys', 'country')).heterogeneityPValue).toBe(0.5);
    const until = new Date(5_000);
    const [all] = await production.funnel({ steps: ['view', 'buy'], until });
    expect(all).toMatchObject({ variant: '', steps: [{ units: 3, conversion: undefined }] });
    expect((await production.sampleSize({ rate: 0.1, minimumEffect: 0.05 })).days).toBeUndefined();
    expect((await production.query('SELECT 1')).rows).toEqual([[1], [null]]);
    expect(await wizard.export('csv')).toBe('a,b\r\n');
    expect((await production.pipelineStatus()).dropped).toEqual({ too_old: 2 });
    expect(await production.eraseUnit('u-1')).toBe(7);
    const bodies = platform.requests.map(({ body }) => body);
    expect(bodies[0]).toEqual({ environment: 'shop/production', experiment: 'wizard', level: 0.99 });
    expect(bodies[3]).toEqual({ environment: 'shop/production', steps: ['view', 'buy'], untilMs: 5_000 });
    expect(bodies[4]).toMatchObject({ baselineRate: 0.1, minimumEffect: 0.05 });
  });
});
