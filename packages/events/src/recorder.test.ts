// What becomes an event, and what does not.
import { describe, expect, it } from 'vitest';
import type { CountedOutcome } from './evaluation-counts.ts';
import { createRecorder, type ExposedOutcome } from './recorder.ts';
import { unitsOf } from './units.ts';

const outcome: ExposedOutcome = {
  id: 7,
  flagId: 1,
  flagKey: 'checkout',
  variant: 'blue',
  rule: 'rule:de',
  reason: 'SPLIT',
  revision: 4,
  excluded: false,
};
const startMs = Date.UTC(2026, 0, 1);

const create = (options: { readonly eventsMax?: number } = {}) => {
  let wallMs = startMs;
  let evaluated: (readonly [CountedOutcome, number])[] = [];
  const recorder = createRecorder({
    wallMs: () => wallMs,
    drainCounts: (visit) => evaluated.splice(0).forEach(([counted, count]) => visit(counted, count)),
    revision: () => 9,
    queue: options,
  });
  return {
    recorder,
    pass: (ms: number) => (wallMs += ms),
    evaluate: (counted: CountedOutcome, count: number) => (evaluated = [...evaluated, [counted, count]]),
  };
};

describe('recorder', () => {
  it('records an exposure with the units of the context and nothing else of it', () => {
    const { recorder } = create();
    expect(recorder.expose(outcome, { targetingKey: 'u-1', email: 'a@b.c' }, 42)).toBe(true);
    expect(recorder.expose(outcome, { targetingKey: 'u-1' }, 42)).toBe(false);
    expect(recorder.batch(false)?.events).toEqual([
      {
        timeMs: startMs,
        body: {
          $case: 'exposure',
          value: {
            flagKey: 'checkout',
            variant: 'blue',
            rule: 'rule:de',
            revision: 4,
            units: { user: 'u-1' },
            excluded: false,
          },
        },
      },
    ]);
  });

  it('tells counts that were asked for after the batch under way, and once', () => {
    const { recorder, evaluate } = create();
    recorder.track('bought', {}, 1, undefined);
    expect(recorder.batch(false)?.sequence).toBe(1);
    evaluate(outcome, 3);
    expect(recorder.batch(true)?.sequence).toBe(1);
    recorder.queue.accepted();
    expect(recorder.batch(false)?.events).toMatchObject([{ body: { value: { count: 3 } } }]);
    recorder.queue.accepted();
    evaluate(outcome, 1);
    expect(recorder.batch(false)).toBeUndefined();
  });

  it('records metrics, and drops those whose value is no finite number', () => {
    const { recorder } = create();
    recorder.track('bought', { kind: 'organisation', targetingKey: 12 }, 3.5, { items: [1, { a: null }] });
    recorder.track('seen', {}, undefined, undefined);
    for (const value of [NaN, Infinity, 'x']) recorder.track('seen', {}, value as number, undefined);
    const values = recorder.batch(false)?.events.map(({ body }) => body.value);
    expect(values).toEqual([
      {
        name: 'bought',
        value: 3.5,
        units: { organisation: '12' },
        attributes: { items: [1, { a: null }] },
        revision: 9,
      },
      { name: 'seen', units: {}, attributes: undefined, revision: 9 },
    ]);
    expect(recorder.queue.dropped).toEqual(new Map([['invalid', 3]]));
  });

  const deep = (levels: number): object => (levels === 0 ? {} : { a: deep(levels - 1) });
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  it.each<[string, unknown, unknown]>([
    ['an empty name', '', undefined],
    ['a name that is none', 5, undefined],
    ['a long name', 'x'.repeat(257), undefined],
    ['too many attributes', 'a', { text: 'x'.repeat(5_000) }],
    ['too many bytes in few characters', 'a', { text: '€'.repeat(2_000) }],
    ['attributes that are too deep', 'a', deep(40)],
    ['attributes with a cycle', 'a', cyclic],
    ['attributes that are a list', 'a', []],
    ['attributes with a bigint', 'a', { n: 1n }],
  ])('drops and counts %s', (_, name, attributes) => {
    const { recorder } = create();
    recorder.track(name as string, {}, 1, attributes as object);
    expect(recorder.batch(false)).toMatchObject({ events: [], dropped: { invalid: 1 } });
  });

  it('leaves out members that not every protobuf library survives', () => {
    const { recorder } = create();
    recorder.track('a', {}, 1, JSON.parse('{"__proto__":{"x":1},"b":2}') as object);
    expect(JSON.stringify(recorder.batch(false)?.events[0]?.body.value)).toContain('"attributes":{"b":2}');
  });

  it('folds evaluation counts by outcome and tells them once a minute, or when asked', () => {
    const { recorder, evaluate, pass } = create();
    evaluate(outcome, 2);
    recorder.count();
    evaluate(outcome, 3);
    evaluate({ ...outcome, variant: 'red' }, 1);
    pass(5_000);
    expect(recorder.batch(false)).toBeUndefined();
    pass(55_000);
    const counts = recorder.batch(false)?.events.map(({ body }) => body.value);
    expect(counts).toMatchObject([
      { variant: 'blue', count: 5, fromMs: startMs },
      { variant: 'red', count: 1 },
    ]);
    recorder.queue.accepted();
    evaluate(outcome, 1);
    expect(recorder.batch(true)?.events[0]?.body.value).toMatchObject({ count: 1, fromMs: startMs + 60_000 });
  });

  it('keeps counting in an outage without growing, and loses no count (R19)', () => {
    const { recorder, evaluate, pass } = create({ eventsMax: 100 });
    recorder.track('first', {}, 1, undefined);
    recorder.batch(false);
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      pass(60_000);
      evaluate(outcome, 1_000);
      for (let event = 0; event < 200; event += 1) recorder.track('load', {}, 1, undefined);
      expect(recorder.batch(false)?.sequence).toBe(1);
      expect(recorder.queue.size).toBeLessThanOrEqual(100);
    }
    let counted = 0;
    let told = 0;
    let events = 0;
    for (let batch = recorder.batch(true); batch; batch = recorder.batch(true)) {
      events += batch.events.filter(({ body }) => body.$case === 'metric').length;
      for (const { body } of batch.events) if (body.$case === 'evaluationCount') counted += body.value.count;
      told += batch.dropped['queue_full'] ?? 0;
      recorder.queue.accepted();
    }
    expect(counted).toBe(24 * 60 * 1_000);
    expect(events + told).toBe(1 + 24 * 60 * 200);
  });

  it('keeps a broken clock out of the batch', () => {
    const recorder = createRecorder({ wallMs: () => 0, drainCounts: () => undefined, revision: () => 0 });
    recorder.track('a', {}, 1, undefined);
    expect(recorder.batch(false)?.events[0]?.timeMs).toBe(Date.UTC(2000, 0, 1));
  });
});

describe('units', () => {
  const throwing = Object.defineProperty({}, 'targetingKey', {
    get: () => {
      throw new Error('no');
    },
    enumerable: true,
  });
  const hostile = new Proxy(
    {},
    {
      getOwnPropertyDescriptor: () => {
        throw new Error('no');
      },
    },
  );
  // Named by hand: a title made from these would run their getters.
  it.each<[string, () => unknown, object]>([
    ['a flat context', () => ({ targetingKey: 'u-1' }), { user: 'u-1' }],
    ['a number', () => ({ targetingKey: 7 }), { user: '7' }],
    ['a fraction', () => ({ targetingKey: 1.5 }), {}],
    ['an empty key', () => ({ targetingKey: '' }), {}],
    ['a very long key', () => ({ targetingKey: 'x'.repeat(2_000) }), {}],
    ['one other kind', () => ({ kind: 'device', targetingKey: 'd-1' }), { device: 'd-1' }],
    [
      'several kinds',
      () => ({ kind: 'multi', user: { targetingKey: 'u-1' }, device: { targetingKey: 'd-1' }, odd: 5 }),
      { user: 'u-1', device: 'd-1' },
    ],
    ['null', () => null, {}],
    ['a text', () => 'text', {}],
    ['an inherited key', () => Object.create({ targetingKey: 'inherited' }) as object, {}],
    ['a getter that throws', () => throwing, {}],
    ['a proxy that throws', () => hostile, {}],
  ])('of %s', (_, context, units) => {
    expect({ ...unitsOf(context()) }).toEqual(units);
  });

  it('take a kind named __proto__ for what it is', () => {
    expect(Object.keys(unitsOf(JSON.parse('{"kind":"__proto__","targetingKey":"u"}')))).toEqual([
      '__proto__',
    ]);
    expect(({} as { u?: unknown }).u).toBeUndefined();
  });
});
