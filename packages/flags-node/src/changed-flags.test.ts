// A change names the flags it touches, also by way of segments, prerequisites and overlays.
import { createEvaluator } from '@org/evaluator';
import type { ParsedDocument } from '@org/sync';
import { describe, expect, it } from 'vitest';
import { trackChangedFlags } from './changed-flags.ts';
import { booleanFlag } from './testing/fake-core.ts';

const parsed = (kind: string, key: string, document: unknown): ParsedDocument => ({
  kind,
  key,
  revision: 1,
  document,
});
const everybody = { when: { op: 'and', of: [] } };
const ruled = (segment: string): object => ({
  ...booleanFlag(false),
  rules: [{ id: 'r', when: { op: 'segment', key: segment }, serve: { variant: 'on' } }],
});
const documents = [
  parsed('flag', 'plain', booleanFlag(true)),
  parsed('flag', 'ruled', ruled('outer')),
  parsed('flag', 'dependent', { ...booleanFlag(true), prerequisites: [{ flag: 'ruled', variants: ['on'] }] }),
  parsed('segment', 'inner', everybody),
  parsed('segment', 'outer', { when: { op: 'segment', key: 'inner' } }),
  parsed('overlay', 'ramp', {
    target: { kind: 'flag', key: 'plain' },
    patch: { serve: { variant: 'off' } },
    ranges: [{ from: 0, to: 1 }],
    layer: 'shared',
    mode: 'live',
  }),
];

const loaded = () => {
  const said: (readonly string[])[] = [];
  const tracker = trackChangedFlags(createEvaluator(), (keys) => said.push([...keys()].sort()));
  tracker.load(documents, 1);
  const apply = (
    upserts: readonly ParsedDocument[],
    deletes: readonly { kind: string; key: string }[] = [],
  ) => {
    tracker.apply({ upserts, deletes, revision: 2 });
    return said.at(-1);
  };
  return { said, apply };
};

describe('changed flags', () => {
  it('are all flags after a snapshot', () => {
    expect(loaded().said).toEqual([['dependent', 'plain', 'ruled']]);
  });

  it.each<[string, ParsedDocument, readonly string[]]>([
    ['a flag', parsed('flag', 'plain', booleanFlag(false)), ['plain']],
    ['a flag that another requires', parsed('flag', 'ruled', ruled('outer')), ['dependent', 'ruled']],
    ['a segment used by a segment', parsed('segment', 'inner', everybody), ['dependent', 'ruled']],
    ['an overlay', { ...documents.at(-1)! }, ['plain']],
    ['a new flag', parsed('flag', 'new', booleanFlag(true)), ['new']],
    ['a segment nobody uses', parsed('segment', 'lonely', everybody), []],
  ])('are those touched by %s', (_, document, keys) => {
    expect(loaded().apply([document])).toEqual(keys);
  });

  it('include the target of an overlay that is gone', () => {
    expect(loaded().apply([], [{ kind: 'overlay', key: 'ramp' }])).toEqual(['plain']);
  });
});
