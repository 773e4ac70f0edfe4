// Builders: what documents they make, that they never change, and what the type checker refuses.
import { documentKinds, type NegatedOperator } from '@org/contract/model';
import { checkSchema } from '@org/contract/schema';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { StoredDocument } from '../model.ts';
import { remove } from '../changes.ts';
import { alert, editAlert } from './alert-builder.ts';
import { all, any, attribute, inSegment, methodOf, not, type NegatableTests } from './condition.ts';
import {
  booleanFlag,
  editFlag,
  killSwitch,
  numberFlag,
  objectFlag,
  percentageFlag,
  stringFlag,
} from './flag-builder.ts';
import { recurringSchedule, schedule } from './schedule-builder.ts';
import { editSegment, segment } from './segment-builder.ts';
import { percentage, split } from './serve.ts';

type Negatable = NegatedOperator extends `not_${infer Op}` ? Op : never;

const full = booleanFlag('new-checkout')
  .describe('The checkout with free shipping')
  .owner('payments')
  .tags('checkout', 'q3')
  .metadata({ ticket: 'PAY-1' })
  .clientVisible(true, { remoteEvaluation: true })
  .requires('payments-open', 'on')
  .target('on', ['customer-1', 'customer-2'])
  .target('off', ['customer-2'])
  .rule('staff', inSegment('staff'), 'on')
  .rule('europe', attribute('country').isIn('DE', 'FR'), percentage(12.5, 'on', 'off'), { description: 'EU' })
  .otherwise('off');

describe('flags', () => {
  it('become whole documents', () => {
    expect(full.document).toEqual({
      type: 'boolean',
      enabled: true,
      variants: { on: true, off: false },
      offVariant: 'off',
      default: { variant: 'off' },
      description: 'The checkout with free shipping',
      owner: 'payments',
      tags: ['checkout', 'q3'],
      metadata: { ticket: 'PAY-1' },
      clientVisible: true,
      remoteEvaluation: true,
      prerequisites: [{ flag: 'payments-open', variants: ['on'] }],
      targets: [
        { variant: 'on', keys: ['customer-1'] },
        { variant: 'off', keys: ['customer-2'] },
      ],
      rules: [
        { id: 'staff', when: { op: 'segment', key: 'staff' }, serve: { variant: 'on' } },
        {
          id: 'europe',
          description: 'EU',
          when: { op: 'in', attribute: 'country', values: ['DE', 'FR'] },
          serve: {
            split: {
              weights: [
                { variant: 'on', weight: 12_500 },
                { variant: 'off', weight: 87_500 },
              ],
            },
          },
        },
      ],
    });
  });

  it('of every type have the shape that the contract asks for', () => {
    const flags = [
      full,
      percentageFlag('p', 0.001),
      killSwitch('k').describe('Payments'),
      stringFlag('s', { red: '#f00', blue: '#00f' }).otherwise(
        split({ red: 1, blue: 2 }, { by: 'account', salt: '' }),
      ),
      numberFlag('n', { low: 1, high: 1.5 }).off('low').otherwise('high'),
      objectFlag('o', { a: { x: 1 }, b: { x: 2 } })
        .schema({ type: 'object' })
        .otherwise('a'),
    ];
    expect(flags.flatMap((flag) => checkSchema(flag.kind, flag.document))).toEqual([]);
  });

  it('never change: each step makes another', () => {
    const before = JSON.stringify(full);
    full.withoutRule('staff').untarget(['customer-1', 'customer-2']).enabled(false).expect(3).off(undefined);
    expect(JSON.stringify(full)).toBe(before);
    expect(full.expectedRevision).toBeUndefined();
    expect(full.expect(3).enabled(false).expectedRevision).toBe(3);
  });

  it('put rules where they are told', () => {
    const ids = (flag: typeof full) => flag.document.rules?.map(({ id }) => id);
    const everybody = all();
    expect(ids(full.rule('first', everybody, 'on', { before: 'staff' }))).toEqual([
      'first',
      'staff',
      'europe',
    ]);
    expect(ids(full.rule('staff', everybody, 'off'))).toEqual(['staff', 'europe']);
    expect(ids(full.rule('europe', everybody, 'off', { before: 'staff' }))).toEqual(['europe', 'staff']);
    expect(full.withoutRule('staff').withoutRule('europe').document).not.toHaveProperty('rules');
  });

  it('go on from what is stored, against its revision', () => {
    const stored = { kind: 'flag', key: 'a', revision: 9, document: full.document } as StoredDocument<'flag'>;
    expect(editFlag(stored).enabled(false)).toMatchObject({ key: 'a', expectedRevision: 9 });
  });

  it('keep variants with any name', () => {
    const odd = stringFlag('s', { a: 'x' }).variant('__proto__', 'y');
    expect(Object.keys(odd.document.variants)).toEqual(['a', '__proto__']);
    expect(Object.keys(odd.withoutVariant('a').document.variants)).toEqual(['__proto__']);
  });

  it('refuse at compile time what they do not have', () => {
    const colour = stringFlag('colour', { red: '#f00', blue: '#00f' });
    // @ts-expect-error -- there is no variant "green"
    colour.otherwise('green');
    // @ts-expect-error -- nor in a split
    colour.otherwise(split({ red: 1, green: 1 }));
    // @ts-expect-error -- nor as the off variant
    colour.off('green');
    // @ts-expect-error -- a value of another type
    colour.variant('green', 7);
    colour.variant('green', '#0f0').otherwise('green');
    // @ts-expect-error -- removed
    colour.withoutVariant('red').otherwise('red');
    expectTypeOf(colour.variant('green', '').otherwise).parameter(0).not.toBeAny();
  });
});

describe('splits', () => {
  it('keep the order they are given in', () => {
    const { weights } = split([
      ['b', 1],
      ['a', 2],
    ]).split;
    expect(weights.map(({ variant }) => variant)).toEqual(['b', 'a']);
  });

  it.each([-1, 100.1, 0.0005, Number.NaN])('refuse %s percent', (percent) => {
    expect(() => percentage(percent, 'a', 'b')).toThrow(RangeError);
  });

  it.each([-1, 0.5, Number.NaN])('refuse a weight of %s', (weight) => {
    expect(() => split({ a: weight })).toThrow(RangeError);
  });
});

describe('conditions', () => {
  const tests = attribute(['address', 'city'], { kind: 'device' });

  it('have a method for every operator of the evaluator, and for every negation', () => {
    type Method = (...operands: unknown[]) => { readonly op: string };
    const opOf = (methods: object, method: string) => (methods as Record<string, Method>)[method]!(1, 2);
    const made = Object.values(methodOf).map((method) => opOf(tests, method));
    const negated = Object.keys(tests.not).map((method) => opOf(tests.not, method));
    expect(made).toMatchObject(Object.keys(methodOf).map((op) => ({ op, kind: 'device' })));
    expect(negated[0]).toEqual({
      op: 'not_equals',
      attribute: ['address', 'city'],
      kind: 'device',
      value: 1,
    });
    // The other negations: every operator that has one in the contract has a method under `not`.
    expectTypeOf<(typeof methodOf)[Negatable]>().toEqualTypeOf<keyof NegatableTests>();
  });

  it('nest', () => {
    expect(
      any(not(inSegment('s')), all(tests.exists(), attribute('plan', { sensitive: true }).equals('pro'))),
    ).toEqual({
      op: 'or',
      of: [
        { op: 'not', of: { op: 'segment', key: 's' } },
        {
          op: 'and',
          of: [
            { op: 'exists', attribute: ['address', 'city'], kind: 'device' },
            { op: 'equals', attribute: 'plan', sensitive: true, value: 'pro' },
          ],
        },
      ],
    });
  });
});

describe('segments and schedules', () => {
  const staff = segment('staff').when(attribute('email').endsWith('@example.com')).include('u-1', 'u-2');

  it('list keys once, on one side', () => {
    expect(staff.exclude('u-2', 'u-3').document).toMatchObject({
      included: ['u-1'],
      excluded: ['u-2', 'u-3'],
    });
    expect(staff.unlist('u-1', 'u-2').document).not.toHaveProperty('included');
    expect(
      checkSchema(
        'segment',
        staff.describe('d').owner('o').tags('t').clientVisible().ofKind('user').document,
      ),
    ).toEqual([]);
    const stored = {
      kind: 'segment',
      key: 'staff',
      revision: 2,
      document: staff.document,
    } as StoredDocument<'segment'>;
    expect(editSegment(stored).expectedRevision).toBe(2);
  });

  it('hold alerts', () => {
    const late = alert('late', { type: 'system', condition: 'outbox_backlog', value: 10 })
      .tell('ops', 'chat')
      .severity('critical')
      .after({ forSeconds: 30, resolveSeconds: 60 })
      .repeatEvery(30)
      .runbook('https://example.com/late')
      .describe('Changes come late.')
      .paused();
    expect(checkSchema('alert', late.document)).toEqual([]);
    expect(late.paused(false).document).not.toHaveProperty('paused');
    const stored = { key: 'late', document: late.document, revision: 3 } as StoredDocument<'alert'>;
    expect(editAlert(stored).expectedRevision).toBe(3);
  });

  it('hold drafts and removals', () => {
    const launch = schedule('launch', '2027-01-01T09:00:00+01:00')
      .change(full.expect(4), remove('segment', 'staff'))
      .reason('launch');
    expect(checkSchema('schedule', launch.document)).toEqual([]);
    const nightly = recurringSchedule('night', { cron: '0 22 * * *', timeZone: 'Europe/Vienna' })
      .change(full.enabled(false))
      .paused();
    expect(checkSchema('schedule', nightly.document)).toEqual([]);
    expect(nightly.paused(false).document).not.toHaveProperty('paused');
    expect(launch.document.changes).toMatchObject([
      { kind: 'flag', key: 'new-checkout', expectedDocumentRevision: 4 },
      { kind: 'segment', key: 'staff', document: null },
    ]);
  });

  it('are of kinds that the contract knows, as builders are of metrics, experiments and holdouts', () => {
    const built: readonly string[] = ['flag', 'segment', 'schedule', 'metric', 'experiment', 'holdout'];
    expect(documentKinds.filter((kind) => built.includes(kind))).toHaveLength(built.length);
  });
});
