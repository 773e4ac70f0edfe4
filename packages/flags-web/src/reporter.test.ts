// Delivery of what happened on a page, against a server and a browser that answer as the test says.
import { createEvaluator } from '@org/evaluator/compact';
import { afterEach, describe, expect, it } from 'vitest';
import { createReporter, type Reporter } from './reporter.ts';

interface Sent {
  readonly sequence: number;
  readonly events: readonly { readonly metric: { readonly name: string } }[];
  readonly dropped?: { readonly [reason: string]: number };
}

const open: Reporter[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((reporter) => reporter.close()));
});

/** `answer` is the server's status for a batch; `takes`: whether the browser takes one at the end of the page. */
const start = (answer: (batch: Sent) => number, takes: (batch: Sent) => boolean = () => true) => {
  const sent: Sent[] = [];
  const beacons: Sent[] = [];
  const port = { answer };
  const told: unknown[] = [];
  const evaluator = createEvaluator();
  const reporter = createReporter(
    {
      async call(_method, request) {
        sent.push(request as Sent);
        return { status: port.answer(request as Sent), body: {} };
      },
      watch: async () => {},
      beacon(request) {
        beacons.push(request as Sent);
        return takes(request as Sent);
      },
    },
    'instance',
    () => evaluator,
    () => ({ targetingKey: 'u' }),
    (name, ...heard) => void told.push([name, ...heard]),
  );
  open.push(reporter);
  return { reporter, sent, beacons, port, told, evaluator };
};

const namesOf = (batches: readonly Sent[]): string[] =>
  batches.flatMap(({ events }) => events.map(({ metric }) => metric.name));
const droppedOf = (batches: readonly Sent[]): object => {
  const sums: Record<string, number> = {};
  for (const { dropped = {} } of batches)
    for (const [reason, count] of Object.entries(dropped)) sums[reason] = (sums[reason] ?? 0) + count;
  return sums;
};
const pad = 'x'.repeat(7_000);
const trackMany = (reporter: Reporter, count: number): string[] =>
  Array.from({ length: count }, (_, index) => {
    reporter.track(`m-${index}`, { attributes: { pad } });
    return `m-${index}`;
  });

it('tells hooks of an exposure when it is recorded, and not again while the unit sees the same', () => {
  const { reporter, told } = start(() => 200);
  const outcome = { flagKey: 'f', variant: 'a', rule: 'default', revision: 3, excluded: false };
  const context = { targetingKey: 'u', email: 'u@example.com' };
  for (const id of [1, 1, 2]) {
    reporter.expose(
      { ...outcome, id, flagId: 0, value: 'A', reason: 'SPLIT', count: 1, exposes: true },
      context,
      7,
    );
  }
  expect(told).toEqual([1, 2].map(() => ['onExposure', outcome, context]));
});

it('tells of a context what the overlay reports, and nothing else', async () => {
  const { reporter, sent, evaluator } = start(() => 200);
  const document = {
    target: { kind: 'flag', key: 'f' },
    patch: { serve: { variant: 'a' } },
    ranges: [{ from: 0, to: 100_000 }],
    mode: 'live',
    report: ['country', 'age', 'beta', 'list', 'nothing', 'agent'],
  };
  evaluator.load([{ kind: 'overlay', key: 'x', revision: 1, document }], 1);
  const outcome = { flagKey: 'f', variant: 'a', revision: 3, excluded: false } as const;
  const more = { flagId: 0, value: 'A', reason: 'SPLIT', count: 1, exposes: true } as const;
  const context = {
    targetingKey: 'u',
    email: 'u@example.com',
    country: 'DE',
    age: 7,
    beta: false,
    list: [1],
  };
  const given = { ...context, agent: 'x'.repeat(300) };
  reporter.expose({ ...outcome, ...more, id: 1, rule: 'overlay:x' }, given, 7);
  reporter.expose({ ...outcome, ...more, id: 2, rule: 'overlay:y' }, given, 7);
  await reporter.flush();
  expect(sent.flatMap(({ events }) => events)).toMatchObject([
    {
      exposure: {
        units: { user: 'u' },
        attributes: { country: 'DE', age: 7, beta: false, agent: 'x'.repeat(256) },
      },
    },
    { exposure: { units: { user: 'u' } } },
  ]);
  expect(JSON.stringify(sent)).not.toMatch(/example|list|nothing/);
});

it('counts metrics whose value is no finite number as invalid', async () => {
  const { reporter, sent } = start(() => 200);
  for (const value of [NaN, Infinity, 1, undefined])
    reporter.track('bought', value === undefined ? {} : { value });
  await reporter.flush();
  expect(sent.flatMap(({ events }) => events)).toHaveLength(2);
  expect(droppedOf(sent)).toEqual({ invalid: 2 });
});

describe('a page that is hidden', () => {
  it('hands over every batch, each once, and repeats all of them as they were when it is back', async () => {
    const { reporter, sent, beacons, port } = start(() => 0);
    const names = trackMany(reporter, 9);
    reporter.leave();
    reporter.leave();
    expect(namesOf(beacons)).toEqual(names);
    expect(beacons.length).toBeGreaterThan(2);
    await reporter.flush();
    expect(sent).toEqual([beacons[0]]);
    port.answer = () => 200;
    await reporter.flush();
    expect(sent.slice(1)).toEqual(beacons);
    await reporter.flush();
    reporter.leave();
    expect(sent.length).toBe(1 + beacons.length);
  });

  it('hands over again what did not arrive', async () => {
    const { reporter, beacons } = start(() => 0);
    trackMany(reporter, 1);
    reporter.leave();
    await reporter.flush();
    reporter.leave();
    expect(beacons).toEqual([beacons[0], beacons[0]]);
  });

  it('keeps what the browser does not take, and tries the others', async () => {
    const { reporter, sent, beacons } = start(
      () => 200,
      ({ sequence }) => sequence !== 1,
    );
    const names = trackMany(reporter, 5);
    reporter.leave();
    expect(namesOf(beacons)).toEqual(names);
    reporter.leave();
    expect(beacons.at(-1)).toBe(beacons[0]);
    await reporter.flush();
    expect(namesOf(sent)).toEqual(names);
  });

  it('makes batches that fit into what browsers take, whatever is in them', () => {
    const { reporter, beacons } = start(() => 0);
    for (let index = 0; index < 40; index++)
      reporter.track('wide', { attributes: { pad: '日'.repeat(5_000) } });
    for (let index = 0; index < 1_900; index++) reporter.track('m');
    reporter.leave();
    expect(namesOf(beacons)).toHaveLength(1_940);
    for (const batch of beacons) {
      expect(new TextEncoder().encode(JSON.stringify(batch)).length).toBeLessThan(60_000);
      expect(batch.events.length).toBeLessThanOrEqual(500);
    }
  });
});

describe('what is lost', () => {
  it('is told by reason', async () => {
    const { reporter, sent } = start(({ events }) =>
      events.some(({ metric }) => metric.name === 'bad') ? 400 : 200,
    );
    reporter.track('large', { attributes: { pad: pad + pad } });
    reporter.track('no JSON', { attributes: { big: 1n } as never });
    for (let index = 0; index < 2_003; index++) reporter.track(index === 700 ? 'bad' : 'good');
    await reporter.flush();
    const taken = sent.filter(({ events }) => !events.some(({ metric }) => metric.name === 'bad'));
    expect(droppedOf(taken)).toEqual({ invalid: 2, queue_full: 3, refused: 1 });
    expect(namesOf(taken)).toHaveLength(1_999);
    expect(new Set(sent.map(({ sequence }) => sequence)).size).toBe(sent.length);
  });

  it('counts against the limit while it is not confirmed', () => {
    const { reporter, beacons } = start(() => 0);
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 1_000; index++) reporter.track('m');
      reporter.leave();
    }
    expect(namesOf(beacons)).toHaveLength(2_000);
  });

  it('is told later, and the server not asked for ever, when it refuses everything', async () => {
    const { reporter, sent, port } = start(() => 401);
    trackMany(reporter, 3);
    await reporter.flush();
    expect(namesOf(sent)).toHaveLength(3);
    const before = sent.length;
    await reporter.flush();
    expect(sent.length).toBe(before + 1);
    port.answer = () => 200;
    await reporter.flush();
    expect(sent.at(-1)).toMatchObject({ events: [], dropped: { refused: 3 } });
  });
});

describe('exposures', () => {
  it('are told when a unit sees something else than before', async () => {
    const { reporter, sent } = start(() => 200);
    const outcome = { flagId: 0, flagKey: 'f', rule: 'default', revision: 1, excluded: false };
    const see = (id: number, hash: number): void =>
      reporter.expose({ ...outcome, id, variant: `v${id}` } as never, { targetingKey: 'u' }, hash);
    for (const [id, hash] of [
      [1, -5],
      [1, -5],
      [2, -5],
      [1, -5],
      [1, 5],
    ] as const)
      see(id, hash);
    await reporter.flush();
    const seen = sent.flatMap(({ events }) => events as unknown as { exposure: { variant: string } }[]);
    expect(seen.map(({ exposure }) => exposure.variant)).toEqual(['v1', 'v2', 'v1', 'v1']);
  });
});
