// Experiments as applications see them: what a unit gets, whether it is in and why, and who is told.
import { describe, expect, it } from 'vitest';
import type { Expression, Flag, Overlay } from '@org/contract/model';
import {
  createMemoryClient,
  type Assignment,
  type EvaluationContext,
  type MemoryDocuments,
} from './index.ts';

const checkout: Flag = {
  type: 'string',
  enabled: true,
  variants: { old: 'form', new: 'wizard', third: 'voice' },
  default: { variant: 'old' },
  offVariant: 'old',
  targets: [{ variant: 'new', keys: ['tester'] }],
};
const overlay = (more: Partial<Overlay> = {}): Overlay => ({
  target: { kind: 'flag', key: 'checkout' },
  patch: { serve: { split: { weights: [{ variant: 'new', weight: 1 }], salt: 's' } } },
  ranges: [{ from: 0, to: 100_000 }],
  mode: 'live',
  ...more,
});
const running = (more: Partial<Overlay> = {}, flag: Flag = checkout): MemoryDocuments => ({
  flags: { checkout: flag },
  overlays: { 'experiment:wizard': overlay(more) },
});
const context = { targetingKey: 'u-1', country: 'de' };
const assigned = (documents: MemoryDocuments, given: EvaluationContext = context): Assignment<unknown> =>
  createMemoryClient(documents).experiment('wizard').get(given);

describe('an experiment', () => {
  it('gives its variant to those who are in', () => {
    expect(assigned(running())).toEqual({
      experimentKey: 'wizard',
      flagKey: 'checkout',
      inExperiment: true,
      reason: 'ASSIGNED',
      variant: 'new',
      value: 'wizard',
    });
  });

  const not = (salt: string): Expression => ({
    op: 'not',
    of: { op: 'percentage', attribute: 'targetingKey', salt, value: 100 },
  });
  const elsewhere: Expression = { op: 'equals', attribute: 'country', value: 'fr' };
  it.each<[string, MemoryDocuments, EvaluationContext]>([
    ['NO_UNIT', running(), { country: 'de' }],
    ['NO_UNIT', running({ kind: 'account' }), context],
    ['NOT_ALLOCATED', running({ ranges: [] }), context],
    ['NOT_ELIGIBLE', running({ eligibility: elsewhere }), context],
    ['NOT_ELIGIBLE', running({ eligibility: not('mine') }), context],
    ['HELD_OUT', running({ eligibility: not('holdout:global') }), context],
    ['HELD_OUT', running({ eligibility: { op: 'and', of: [elsewhere, not('holdout:global')] } }), context],
    ['TARGETED', running(), { targetingKey: 'tester' }],
    ['OFF', running({}, { ...checkout, enabled: false }), context],
    ['OFF', running({}, { ...checkout, killed: true }), context],
    ['NOT_RUNNING', { flags: { checkout } }, context],
  ])('answers what the flag does for everybody else: %s', (reason, documents, given) => {
    const { inExperiment, value, ...rest } = assigned(documents, given);
    expect({ inExperiment, reason: rest.reason }).toEqual({ inExperiment: false, reason });
    const expected = { NOT_RUNNING: undefined, TARGETED: 'wizard' }[reason as 'TARGETED'];
    expect(value).toBe(reason in { NOT_RUNNING: 0, TARGETED: 0 } ? expected : 'form');
  });

  it('tells overrides and what else runs on the flag', () => {
    const client = createMemoryClient({
      flags: { checkout },
      overlays: {
        'experiment:another': overlay({ layer: 'l', ranges: [{ from: 0, to: 100_000 }] }),
        'experiment:wizard': overlay({ layer: 'l', ranges: [] }),
      },
    });
    expect(client.experiment('wizard').get(context).reason).toBe('OTHER_OVERLAY');
    client.override('checkout', 'voice');
    expect(client.experiment('wizard').get(context)).toMatchObject({ reason: 'OVERRIDDEN', value: 'voice' });
  });

  it('goes on with its flag when it has ended', () => {
    const client = createMemoryClient(running());
    const experiment = client.experiment('wizard', { defaultValue: 'form' });
    const named = client.experiment('wizard', { defaultValue: 'form', flag: 'checkout' });
    const unnamed = client.experiment('wizard', { defaultValue: 'form' });
    expect(experiment.get(context).value).toBe('wizard');
    client.set({ flags: { checkout: { ...checkout, default: { variant: 'third' } } } });
    const ended = { inExperiment: false, reason: 'NOT_RUNNING', variant: 'third', value: 'voice' };
    expect(experiment.get(context)).toMatchObject(ended);
    expect(named.get(context)).toMatchObject(ended);
    expect(unnamed.get(context)).toMatchObject({ reason: 'NOT_RUNNING', value: 'form', flagKey: undefined });
  });

  it('answers the default value where the flag has another type, and throws nothing at hostile callers', () => {
    const client = createMemoryClient(running());
    const wrong = client.experiment('wizard', { defaultValue: 7 }).get(context);
    expect(wrong).toMatchObject({ reason: 'ERROR', value: 7, variant: undefined });
    const trap = new Proxy({}, { get: () => { throw new Error('no'); }, ownKeys: () => { throw new Error('no'); } }); // prettier-ignore
    expect(client.experiment('wizard').get(trap)).toMatchObject({ inExperiment: false, reason: 'ERROR' });
    expect(client.experiment('wizard').get(undefined as never).inExperiment).toBe(false);
    expect(client.experiment(undefined as never).get(context).reason).toBe('NOT_RUNNING');
  });

  it('exposes, and tells hooks and its own listener', () => {
    const told: unknown[] = [];
    const client = createMemoryClient(running(), {
      hooks: [
        {
          onAssigned: ({ reason, variant }) => void told.push([reason, variant]),
          onExposure: ({ flagKey, rule }) => void told.push([flagKey, rule]),
        },
        { onAssigned: () => { throw new Error('changes nothing'); } }, // prettier-ignore
      ],
    });
    const experiment = client.experiment('wizard', {
      onAssigned: ({ value }, { targetingKey }) => {
        experiment.get(context);
        told.push([value, targetingKey]);
      },
    });
    experiment.get(context);
    expect(told).toEqual([
      ['checkout', 'overlay:experiment:wizard'],
      ['ASSIGNED', 'new'],
      ['wizard', 'u-1'],
    ]);
  });
});

it('is asked for on a config, whose values it answers', () => {
  const client = createMemoryClient({
    configs: { pricing: { schema: { max: { type: 'number', default: 10 } } } },
    overlays: {
      'experiment:prices': {
        target: { kind: 'config', key: 'pricing' },
        patch: {
          configPatches: { more: { values: { max: 20 } } },
          serve: { split: { weights: [{ variant: 'more', weight: 1 }] } },
        },
        ranges: [{ from: 0, to: 100_000 }],
        mode: 'live',
      },
    },
  });
  expect(client.experiment('prices').get({ targetingKey: 'u' })).toMatchObject({
    flagKey: 'config:pricing',
    inExperiment: true,
    variant: 'more',
    value: { max: 20 },
  });
});

it('tells hooks once of what a config does not have', () => {
  const problems: string[] = [];
  const client = createMemoryClient(
    { configs: { pricing: { schema: { max: { type: 'number', default: 10 } } } } },
    { hooks: [{ onConfigProblem: ({ problem, name }) => problems.push(`${problem} ${name}`) }] },
  );
  const config = client.config('pricing');
  config.number('nope', { targetingKey: 'u' });
  config.number('nope', { targetingKey: 'v' });
  config.string('max', { targetingKey: 'u' });
  expect(problems).toEqual(['unknown_parameter nope', 'type_mismatch max']);
  client.override('config:pricing', { max: 3 });
  expect(config.number('max', { targetingKey: 'u' })).toBe(3);
  expect(() => createMemoryClient({ configs: { a: { extends: 'a', schema: {} } } })).toThrow('config_cycle');
});
