import { describe, expect, it } from 'vitest';
import { checkReferences, referencesOf } from './index.ts';
import {
  equals,
  flag,
  inSegment,
  lookupOf,
  off,
  on,
  overlay,
  ruleWhen,
  segment,
} from './testing/documents.ts';
import type { DocumentId, EvaluatedDocument } from './types.ts';

const check = (documents: readonly EvaluatedDocument[], ...changed: readonly string[]) => {
  const ids = changed.map((name): DocumentId => {
    const [kind, key] = name.split('/') as [string, string];
    return { kind, key };
  });
  return checkReferences(lookupOf(documents), ids).map(
    ({ kind, key, path, rule }) => `${kind}/${key} ${path} ${rule}`,
  );
};

const requires = (key: string, ...below: readonly string[]) =>
  flag(key, { prerequisites: below.map((name) => ({ flag: name, variants: ['on'] })) });
const uses = (key: string, below: string) => flag(key, { rules: [ruleWhen(inSegment(below))] });

describe('references to nothing', () => {
  it('of a changed flag are found where they are', () => {
    const documents = [
      flag('f', {
        rules: [ruleWhen({ op: 'not', of: inSegment('s') })],
        prerequisites: [{ flag: 'g', variants: ['on'] }],
      }),
    ];
    expect(check(documents, 'flag/f')).toEqual([
      'flag/f rules[0].when.of.key unknown_segment',
      'flag/f prerequisites[0].flag unknown_flag',
    ]);
  });

  it('of a changed segment and overlay', () => {
    const documents = [segment('s', inSegment('t')), overlay('o', 'f', { eligibility: inSegment('u') })];
    expect(check(documents, 'segment/s', 'overlay/o')).toEqual([
      'segment/s when.key unknown_segment',
      'overlay/o eligibility.key unknown_segment',
      'overlay/o target.key unknown_flag',
    ]);
  });

  it('of prerequisites that can never hold together, directly or through others', () => {
    const needs = (key: string, wanted: Readonly<Record<string, readonly string[]>>) =>
      flag(key, {
        prerequisites: Object.entries(wanted).map(([name, variants]) => ({ flag: name, variants })),
      });
    const twice = [
      { flag: 'g', variants: ['on'] },
      { flag: 'g', variants: ['off'] },
    ];
    expect(check([flag('f', { prerequisites: twice }), flag('g')], 'flag/f')).toEqual([
      'flag/f prerequisites[1] prerequisite_contradiction',
    ]);
    const through = [needs('f', { g: ['on'], h: ['on'] }), flag('g'), needs('h', { g: ['off'] })];
    expect(check(through, 'flag/h')).toEqual(['flag/f prerequisites[1] prerequisite_contradiction']);
    const alive = flag('k', { type: 'kill_switch' });
    expect(check([needs('f', { k: ['off'] }), alive], 'flag/f')).toEqual([
      'flag/f prerequisites[0] prerequisite_contradiction',
    ]);
    const fine = [
      needs('f', { g: ['on', 'off'], h: ['on'], k: ['on'] }),
      flag('g'),
      needs('h', { g: ['off'] }),
      alive,
    ];
    expect(check(fine, 'flag/f', 'flag/g', 'flag/h')).toEqual([]);
  });

  it('that come from taking a document away are found in those that need it', () => {
    expect(check([uses('f', 's')], 'segment/s')).toEqual(['flag/f rules[0].when.key unknown_segment']);
    expect(check([requires('f', 'g')], 'flag/g')).toEqual(['flag/f prerequisites[0].flag unknown_flag']);
    expect(check([overlay('o', 'f')], 'flag/f')).toEqual(['overlay/o target.key unknown_flag']);
  });

  it('to variants are found on both sides', () => {
    const g = flag('g', { variants: { other: true, off: false }, default: off });
    const documents = [requires('f', 'g'), g, overlay('o', 'g')];
    const expected = [
      'flag/f prerequisites[0].variants[0] prerequisite_variant',
      'overlay/o patch.serve.variant unknown_variant',
    ];
    expect(check(documents, 'flag/g').sort()).toEqual(expected);
    expect(check(documents, 'flag/f')).toEqual([expected[0]]);
    expect(check(documents, 'overlay/o')).toEqual([expected[1]]);
  });

  it('elsewhere are nobody’s who commits now', () => {
    expect(check([uses('old', 'gone'), flag('f')], 'flag/f')).toEqual([]);
  });

  it('that both come with one change are none', () => {
    expect(check([uses('f', 's'), segment('s', equals('a', 1))], 'flag/f', 'segment/s')).toEqual([]);
  });
});

describe('cycles', () => {
  it('of prerequisites are named', () => {
    const documents = [requires('a', 'b'), requires('b', 'c'), requires('c', 'a'), requires('other', 'a')];
    const [problem, ...others] = checkReferences(lookupOf(documents), [{ kind: 'flag', key: 'a' }]);
    expect(others).toEqual([]);
    expect(problem).toEqual({
      kind: 'flag',
      key: 'a',
      path: 'prerequisites[0].flag',
      rule: 'prerequisite_cycle',
      message: 'The prerequisites form a cycle: a → b → c → a.',
    });
  });

  it('of a flag with itself', () => {
    expect(check([requires('a', 'a')], 'flag/a')).toEqual([
      'flag/a prerequisites[0].flag prerequisite_cycle',
    ]);
  });

  it('of segments are named', () => {
    const documents = [
      segment('s', inSegment('t')),
      segment('t', { op: 'or', of: [equals('a', 1), inSegment('s')] }),
    ];
    const [problem] = checkReferences(lookupOf(documents), [{ kind: 'segment', key: 't' }]);
    expect(problem).toMatchObject({ key: 't', path: 'when.of[1].key', rule: 'segment_cycle' });
    expect(problem?.message).toContain('t → s → t');
  });
});

describe('depth and cost', () => {
  const chain = (length: number) =>
    Array.from({ length }, (_, index) => (index === 0 ? flag('f0') : requires(`f${index}`, `f${index - 1}`)));

  it('let prerequisites nest 20 deep, also when the change is at the bottom', () => {
    expect(check(chain(21), 'flag/f0')).toEqual([]);
    expect(check(chain(22), 'flag/f0')).toEqual(['flag/f21  prerequisite_depth']);
    expect(check(chain(22), 'flag/f21')).toEqual(['flag/f21  prerequisite_depth']);
  });

  it('let segments nest 20 deep', () => {
    const segments = (length: number) =>
      Array.from({ length }, (_, index) =>
        segment(`s${index}`, index === 0 ? equals('a', 1) : inSegment(`s${index - 1}`)),
      );
    expect(check(segments(21), 'segment/s0')).toEqual([]);
    expect(check(segments(22), 'segment/s0')).toEqual(['segment/s21  segment_depth']);
  });

  it('refuse nesting that multiplies', () => {
    const wide = (key: string, below: string) =>
      segment(key, { op: 'or', of: Array.from({ length: 100 }, () => inSegment(below)) });
    const documents = [
      segment('a', equals('x', 1)),
      wide('b', 'a'),
      wide('c', 'b'),
      wide('d', 'c'),
      uses('f', 'd'),
    ];
    expect(check(documents, 'segment/a')).toEqual(['segment/d  too_many_tests', 'flag/f  too_many_tests']);
  });

  it('count the overlays of a flag', () => {
    const when = { op: 'or', of: Array.from({ length: 1_500 }, () => equals('x', 1)) } as const;
    const overlays = Array.from({ length: 70 }, (_, index) =>
      overlay(`o${index}`, 'f', { eligibility: when, layer: 'l', ranges: [] }),
    );
    expect(check([flag('f'), ...overlays], 'overlay/o7')).toEqual(['flag/f  too_many_tests']);
  });
});

describe('overlays in each other’s way', () => {
  it('are two live ones on a flag without a common layer', () => {
    const conflict = 'overlay/b target overlay_conflict';
    expect(check([flag('f'), overlay('a', 'f'), overlay('b', 'f')], 'overlay/b')).toEqual([conflict]);
    const layers = [overlay('a', 'f', { layer: 'x' }), overlay('b', 'f', { layer: 'y' })];
    expect(check([flag('f'), ...layers], 'overlay/b')).toEqual([conflict]);
    expect(check([flag('f'), overlay('a', 'f', { mode: 'shadow' }), overlay('b', 'f')], 'overlay/b')).toEqual(
      [],
    );
    expect(check([flag('f'), flag('g'), overlay('a', 'g'), overlay('b', 'f')], 'overlay/b')).toEqual([]);
  });

  it('are ranges of one layer that overlap, on whatever flags', () => {
    const inLayer = (key: string, target: string, from: number, to: number) =>
      overlay(key, target, { layer: 'x', ranges: [{ from, to }] });
    const documents = [flag('f'), flag('g'), inLayer('a', 'f', 0, 500), inLayer('b', 'g', 500, 1_000)];
    expect(check(documents, 'overlay/b')).toEqual([]);
    expect(check([...documents, inLayer('c', 'f', 499, 501)], 'overlay/c')).toEqual([
      'overlay/c ranges layer_overlap',
      'overlay/c ranges layer_overlap',
    ]);
  });

  it('are overlays of one layer that bucket units differently', () => {
    const a = overlay('a', 'f', { layer: 'x', ranges: [{ from: 0, to: 1 }] });
    for (const other of [{ salt: 'y' }, { by: 'tenant' }, { kind: 'device' }]) {
      const b = overlay('b', 'f', { layer: 'x', ranges: [{ from: 5, to: 6 }], ...other });
      expect(check([flag('f'), a, b], 'overlay/b')).toEqual(['overlay/b layer layer_mismatch']);
    }
    const same = overlay('b', 'f', {
      layer: 'x',
      salt: 'x',
      by: ['targetingKey'],
      kind: 'user',
      ranges: [{ from: 5, to: 6 }],
    });
    expect(check([flag('f'), a, same], 'overlay/b')).toEqual([]);
  });
});

describe('what browsers get', () => {
  const visible = { clientVisible: true };

  it('may not need what is for servers only', () => {
    const documents = [
      flag('f', {
        ...visible,
        rules: [ruleWhen(inSegment('s'))],
        prerequisites: [{ flag: 'g', variants: ['on'] }],
      }),
      flag('g'),
      segment('s', equals('a', 1)),
    ];
    expect(check(documents, 'flag/f')).toEqual([
      'flag/f rules[0].when.key server_only',
      'flag/f prerequisites[0].flag server_only',
    ]);
    expect(check(documents, 'segment/s')).toEqual([
      'flag/f rules[0].when.key server_only',
      'flag/f prerequisites[0].flag server_only',
    ]);
  });

  it('may need what is client-visible', () => {
    const documents = [
      flag('f', {
        ...visible,
        rules: [ruleWhen(inSegment('s'))],
        prerequisites: [{ flag: 'g', variants: ['on'] }],
      }),
      flag('g', visible),
      segment('s', inSegment('t'), visible),
      segment('t', equals('a', 1), visible),
      overlay('o', 'f', { eligibility: inSegment('t') }),
    ];
    expect(check(documents, ...documents.map(({ kind, key }) => `${kind}/${key}`))).toEqual([]);
  });

  it('may not need a flag that only the server evaluates, nor a segment that needs a hidden one', () => {
    const remote = flag('g', { ...visible, remoteEvaluation: true, rules: [ruleWhen(inSegment('hidden'))] });
    const documents = [
      flag('f', { ...visible, prerequisites: [{ flag: 'g', variants: ['on'] }] }),
      remote,
      segment('s', inSegment('hidden'), visible),
      segment('hidden', equals('a', 1)),
    ];
    expect(check(documents, 'flag/g', 'segment/s')).toEqual(
      ['flag/f prerequisites[0].flag server_only', 'segment/s when.key server_only'].sort((a, b) =>
        a < b ? 1 : -1,
      ),
    );
  });

  it('may not have overlays that need a hidden segment', () => {
    const documents = [
      flag('f', visible),
      overlay('o', 'f', { eligibility: inSegment('s') }),
      segment('s', equals('a', 1)),
    ];
    expect(check(documents, 'flag/f')).toEqual(['overlay/o eligibility.key server_only']);
  });
});

describe('documents nobody could read', () => {
  it('are left to checkDocument', () => {
    const odd = [null, 5, [], {}, { rules: 5, prerequisites: [1, { flag: {} }] }].map((document, index) => {
      return { kind: 'flag', key: `f${index}`, revision: 1, document };
    });
    const throwing = new Proxy(
      {},
      {
        getOwnPropertyDescriptor: () => {
          throw new Error('no');
        },
      },
    );
    const all = [...odd, { kind: 'flag', key: 'p', revision: 1, document: throwing }];
    expect(() =>
      checkReferences(
        { get: (_kind, key) => all.find((entry) => entry.key === key)?.document, dependants: () => [] },
        all,
      ),
    ).not.toThrow();
  });
});

describe('referencesOf', () => {
  it('names flags, segments and layers, each once', () => {
    const when = {
      op: 'and',
      of: [inSegment('s'), { op: 'not', of: inSegment('t') }, inSegment('s')],
    } as const;
    const { document } = flag('f', {
      rules: [ruleWhen(when)],
      prerequisites: [{ flag: 'g', variants: ['on'] }],
    });
    expect(referencesOf('flag', document)).toEqual([
      { kind: 'segment', key: 's' },
      { kind: 'segment', key: 't' },
      { kind: 'flag', key: 'g' },
    ]);
    expect(referencesOf('overlay', overlay('o', 'f', { layer: 'l', patch: { serve: on } }).document)).toEqual(
      [
        { kind: 'flag', key: 'f' },
        { kind: 'layer', key: 'l' },
      ],
    );
    expect(referencesOf('flag', 'no document')).toEqual([]);
  });
});
