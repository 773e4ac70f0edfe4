// The shape of authored documents: each row breaks one rule, and the finding names its field and that rule.
import { describe, expect, it } from 'vitest';
import { checkKey, checkSchema, isDocumentKind } from './check-schema.ts';

const flag = {
  type: 'boolean',
  enabled: true,
  variants: { on: true, off: false },
  offVariant: 'off',
  default: { split: { weights: [{ variant: 'on', weight: 1 }] } },
  targets: [{ variant: 'on', keys: ['u-1'] }],
  rules: [{ id: 'r1', when: { op: 'equals', attribute: 'country', value: 'DE' }, serve: { variant: 'on' } }],
  prerequisites: [{ flag: 'other', variants: ['on'] }],
};
const overlay = {
  target: { kind: 'flag', key: 'f' },
  patch: { serve: { variant: 'on' } },
  ranges: [{ from: 0, to: 100 }],
  mode: 'live',
};
const schedule = {
  at: '2027-01-01T09:00:00+01:00',
  changes: [{ kind: 'flag', key: 'f', document: null }],
};

describe('documents of the right shape', () => {
  it.each([
    ['flag', flag],
    ['segment', { when: { op: 'and', of: [] }, included: ['u-1'], clientVisible: true }],
    ['overlay', overlay],
    ['schedule', schedule],
  ] as const)('takes a %s', (kind, document) => {
    expect(checkSchema(kind, document)).toEqual([]);
  });
});

const broken: readonly [string, Parameters<typeof checkSchema>[0], unknown, string][] = [
  ['no object', 'flag', 'text', ''],
  ['no type', 'flag', { ...flag, type: undefined }, 'type'],
  ['an unknown type', 'flag', { ...flag, type: 'date' }, 'type'],
  ['enabled as text', 'flag', { ...flag, enabled: 'yes' }, 'enabled'],
  ['no variants', 'flag', { ...flag, variants: undefined }, 'variants'],
  ['an unknown member', 'flag', { ...flag, colour: 'red' }, 'colour'],
  [
    'a weight that is no integer',
    'flag',
    { ...flag, default: { split: { weights: [{ variant: 'on', weight: 0.5 }] } } },
    'default',
  ],
  [
    'a negative weight',
    'flag',
    { ...flag, default: { split: { weights: [{ variant: 'on', weight: -1 }] } } },
    'default',
  ],
  [
    'a rule without id',
    'flag',
    { ...flag, rules: [{ when: { op: 'and', of: [] }, serve: { variant: 'on' } }] },
    'rules[0].id',
  ],
  [
    'a rule without condition',
    'flag',
    { ...flag, rules: [{ id: 'r', serve: { variant: 'on' } }] },
    'rules[0].when',
  ],
  [
    'a target key that is a number',
    'flag',
    { ...flag, targets: [{ variant: 'on', keys: [1] }] },
    'targets[0].keys[0]',
  ],
  ['a segment without condition', 'segment', {}, 'when'],
  ['a bucket beyond the last', 'overlay', { ...overlay, ranges: [{ from: 0, to: 100_001 }] }, 'ranges[0].to'],
  ['an unknown mode', 'overlay', { ...overlay, mode: 'dark' }, 'mode'],
  ['a time without offset', 'schedule', { ...schedule, at: '2027-01-01T09:00:00' }, 'at'],
  ['no changes', 'schedule', { ...schedule, changes: [] }, 'changes'],
];

describe('documents of another shape', () => {
  it.each(broken)('refuses %s', (_what, kind, document, field) => {
    const findings = checkSchema(kind, document);
    expect(findings.map((finding) => finding.field).join(' ')).toContain(field);
    expect(findings.length).toBeGreaterThan(0);
    for (const { rule, message } of findings) {
      expect(rule).toMatch(/^[a-z_]+$/);
      expect(message).not.toBe('');
    }
  });

  it('names the fields below the given base, all findings at once', () => {
    const findings = checkSchema('flag', { ...flag, type: 1, enabled: 2 }, 'changes[3].document');
    expect(findings.map((finding) => finding.field).sort()).toEqual([
      'changes[3].document.enabled',
      'changes[3].document.type',
    ]);
  });

  it('does not throw on values that JSON cannot hold', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    for (const document of [cyclic, { variants: { on: 1n } }, { value: Number.NaN }, Symbol('x'), () => 1])
      expect(checkSchema('flag', document).length).toBeGreaterThan(0);
  });
});

describe('keys and kinds', () => {
  it.each(['new-checkout', 'ä', '0', '__proto__', 'a'.repeat(256)])('takes the key %j', (key) => {
    expect(checkKey(key, 'key')).toEqual([]);
  });

  it.each(['', 'a'.repeat(257), 7, null, 'a\u0000b'])('refuses the key %j', (key) => {
    expect(checkKey(key, 'changes[0].key')[0]?.field).toBe('changes[0].key');
  });

  it('knows the kinds of documents by name only', () => {
    expect(['flag', 'segment', 'overlay', 'schedule'].every(isDocumentKind)).toBe(true);
    expect(['constructor', '__proto__', 'Flag', ''].some(isDocumentKind)).toBe(false);
  });
});
