import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkDocument } from './index.ts';
import { knownRules } from './messages.ts';
import { flag, overlay, ruleWhen, segment } from './testing/documents.ts';
import type { EvaluatedDocument } from './types.ts';

const check = ({ kind, key, document }: EvaluatedDocument) =>
  checkDocument(kind, key, document).map(({ path, rule }) => `${path} ${rule}`);

describe('checkDocument', () => {
  it('finds nothing in good documents', () => {
    const when = { op: 'in', attribute: ['a', 'b'], values: ['x'], sensitive: true } as const;
    expect(check(flag('f', { rules: [ruleWhen(when)] }))).toEqual([]);
    expect(check(segment('s', when, { included: ['u'] }))).toEqual([]);
    expect(check(overlay('o', 'f', { eligibility: when, layer: 'l', by: 'tenant' }))).toEqual([]);
  });

  it('finds everything in a flag at once, with its place', () => {
    const broken = flag('f', {
      variants: { on: 'yes' },
      offVariant: 'nope',
      default: {
        split: {
          weights: [{ variant: 'nope', weight: 0.5 }],
          algorithm: 'md5' as never,
          by: [],
          salt: '\ud800',
        },
      },
      targets: [{ variant: 'nope', keys: [1 as never] }],
      rules: [
        ruleWhen({
          op: 'and',
          of: [
            { op: 'equals', attribute: 'a' },
            { op: 'guess', attribute: 'a' },
          ],
        }),
        ruleWhen({ op: 'between', attribute: [] as never, values: [2, 1] }),
      ],
      prerequisites: [{ flag: 7 as never, variants: [] }],
    });
    expect(check(broken)).toEqual([
      'variants.on variant_type',
      'offVariant unknown_variant',
      'default.split.weights[0].variant unknown_variant',
      'default.split.weights[0].weight weight',
      'default.split.by attribute',
      'default.split.algorithm unknown_algorithm',
      'rules[0].when.of[0].value operand_literal',
      'rules[0].when.of[1].op unknown_operator',
      'rules[0].serve.variant unknown_variant',
      'rules[1].id rule_id_repeated',
      'rules[1].when.values operand_bounds',
      'rules[1].when.attribute attribute',
      'rules[1].serve.variant unknown_variant',
      'targets[0].variant unknown_variant',
      'targets[0].keys keys',
      'prerequisites[0].variants prerequisite_variants',
      'prerequisites[0].flag prerequisite_flag',
    ]);
  });

  it('finds what is wrong with segments', () => {
    const broken = segment('s', { op: 'segment' } as never, {
      included: 'u' as never,
      excluded: [1] as never,
      kind: 'multi',
    });
    expect(check(broken)).toEqual([
      'when.key segment_key',
      'excluded keys',
      'included keys',
      'kind context_kind',
    ]);
  });

  it('finds what is wrong with overlays', () => {
    const broken = overlay('o', 'f', {
      target: { kind: 'config', key: 'x' } as never,
      mode: 'dark' as never,
      layer: 5 as never,
      kind: '',
      eligibility: { op: 'or' } as never,
      ranges: [
        { from: 5, to: 4 },
        { from: 0, to: 100_001 },
        { from: 0.5, to: 1 },
        { from: 0, to: 1 },
      ],
      patch: { serve: { split: { weights: [] } } },
    });
    expect(check(broken)).toEqual([
      'target overlay_target',
      'mode overlay_mode',
      'layer layer',
      'eligibility.of expression_list',
      'kind context_kind',
      'ranges[0] bucket_range',
      'ranges[1] bucket_range',
      'ranges[2] bucket_range',
      'patch.serve.split.weights weight_sum',
    ]);
  });

  it('lets only operators of equality have sensitive literals', () => {
    const when = { op: 'starts_with', attribute: 'email', values: ['a'], sensitive: true } as const;
    expect(check(segment('s', when))).toEqual(['when.sensitive sensitive_operator']);
  });

  it('checks the documents of a schedule', () => {
    const document = {
      at: '2027-01-01T00:00:00Z',
      changes: [
        { kind: 'flag', key: 'f', document: flag('f').document },
        { kind: 'flag', key: 'g', document: null },
        { kind: 'segment', key: 's', document: { when: { op: 'nope' } } },
        { kind: 'flag', key: 'h', document: 5 },
      ],
    };
    expect(check({ kind: 'schedule', key: 'x', revision: 1, document })).toEqual([
      'changes[2].document.when.op unknown_operator',
      'changes[3].document document',
    ]);
  });

  it('knows the kinds of documents', () => {
    expect(check({ kind: 'galaxy', key: 'x', revision: 1, document: {} })).toEqual([' unknown_kind']);
  });

  it('quotes names in paths that are no identifiers', () => {
    const broken = flag('f', { variants: { 'a b': 1, on: true, off: false } });
    expect(check(broken)).toEqual(['variants["a b"] variant_type']);
  });

  it('stops counting where nobody would read on', () => {
    const rules = Array.from({ length: 500 }, () => ({}) as never);
    expect(check(flag('f', { rules })).length).toBe(50);
  });

  it('refuses a document that could take too many tests', () => {
    const values = Array.from({ length: 10_000 }, (_, index) => `v${index}`);
    const when = {
      op: 'or',
      of: Array.from({ length: 5 }, () => ({ op: 'contains', attribute: 'a', values })),
    } as const;
    expect(check(segment('s', when))).toEqual([' too_many_tests']);
  });
});

it('says every rule in a sentence', () => {
  for (const { document, kind, key } of [
    flag('f', { enabled: 1 as never }),
    overlay('o', 'f', { ranges: 5 as never }),
  ]) {
    for (const { message } of checkDocument(kind, key, document)) expect(message).toMatch(/^[A-Z].*\.$/);
  }
  // A rule is the first text in a call of `findings.add` or `refuse`, or an argument of `takeList`.
  const folders = ['.', './operators'].map((name) => new URL(`${name}/`, import.meta.url));
  const sources = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.ts') && !name.includes('.test.'))
      .map((name) => readFileSync(new URL(name, folder), 'utf8')),
  );
  const calls =
    /(?:findings\.add\(|refuse\(findings, |refuse\(scope\.findings, |takeList\(\s*test,\s*findings,\s*)'([a-z_]+)'/g;
  const used = new Set(sources.flatMap((source) => [...source.matchAll(calls)].map((match) => match[1]!)));
  expect(used.size).toBeGreaterThan(40);
  expect([...used].filter((rule) => !knownRules.includes(rule))).toEqual([]);
});
