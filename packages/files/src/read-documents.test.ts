import { expect, it } from 'vitest';
import { checkDocuments } from './check-documents.ts';
import { isDocumentFile } from './file-problem.ts';
import { stepsOf } from './field-path.ts';
import { readDocuments } from './read-documents.ts';

const flag = 'flags:\n  a:\n    type: boolean\n    enabled: true\n';

/** `line:column rule` of every finding. */
const findings = (text: string, path = 'a.yaml'): readonly string[] => {
  const read = readDocuments([{ path, text }]);
  const problems = read.problems.length > 0 ? read.problems : checkDocuments(read.documents);
  return problems.map(({ line, column, rule }) => `${line}:${column} ${rule}`);
};

const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x, x]',
  ...['b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name, index) => {
    const before = String.fromCharCode(97 + index);
    return `${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(', ')}]`;
  }),
].join('\n');

it.each([
  ['a bomb of aliases', bomb, /^\d+:\d+ max_nodes$/],
  ['a loop of anchors', 'flags:\n  a: &a\n    self: *a\n', /^3:11 anchor_loop$/],
  ['an anchor that comes later', 'flags:\n  a: *b\n', /^2:6 unknown_anchor$/],
  ['a key that stands twice', `${flag}    enabled: false\n`, /^5:5 duplicate_key$/],
  ['a document that stands twice', `${flag}  a: {}\n`, /^5:3 duplicate_key$/],
  ['a number without end', 'flags:\n  a:\n    x: .inf\n', /^3:8 finite$/],
  ['digits that get lost', 'flags:\n  a:\n    x: 12345678901234567890\n', /^3:8 safe_integer$/],
  ['an unknown tag', 'flags:\n  a: !!js/function "x"\n', /^2:6 yaml$/],
  ['two documents', 'flags: {}\n---\nflags: {}\n', /^2:1 one_document$/],
  ['a text instead of kinds', 'hello\n', /^1:1 type$/],
  ['an empty file', '  \n# nothing\n', /^1:1 empty$/],
  ['an unknown kind', 'flag:\n  a: {}\n', /^1:1 unknown_kind$/],
  ['a document that is none', 'flags:\n  a: 5\n', /^2:6 type$/],
  ['an overlay of the server', 'overlays:\n  "experiment:a": {}\n', /^2:3 reserved$/],
  ['brackets without end', `flags: ${'['.repeat(500_000)}`, /^1:264 max_depth$/],
  ['what is no YAML', 'flags:\n  a: "x\n', /yaml$/],
  ['a member named __proto__', 'flags:\n  a:\n    __proto__: 1\n', /^3:5 plain_object$/],
  ['a key that is no text', 'flags:\n  ? [1]\n  : {}\n', /yaml|text_key/],
])('refuses %s with its place', (_name, text, expected) => {
  const found = findings(text);
  expect(found[0]).toMatch(expected);
});

it('says where a JSON file is none, though YAML would take it', () => {
  expect(findings('{"flags": {},}', 'a.json')).toEqual(['1:14 json']);
  expect(findings('{\n\t"flags": {\n\t\t"a": 5\n\t}\n}', 'a.json')).toEqual(['3:8 type']);
});

it('checks thousands of keys for doubles without comparing each with each', () => {
  const text = `flags:\n${Array.from({ length: 10_000 }, (_, index) => `  k${index}: 5\n`).join('')}`;
  expect(readDocuments([{ path: 'a.yaml', text }]).problems).toHaveLength(100);
});

it('reads aliases that people write, and finds the places behind them', () => {
  const text = `${flag}    variants: &v { on: true, off: false }\n    default: { variant: on }\n  b:\n    type: boolean\n    enabled: true\n    variants: *v\n    default: { variant: nope }\n`;
  const { documents, problems } = readDocuments([{ path: 'a.yaml', text }]);
  expect(problems).toEqual([]);
  expect(documents[1]?.document['variants']).toEqual({ on: true, off: false });
  expect(documents[1]?.place('variants.off')).toEqual({ line: 5, column: 35 });
  expect(findings(text)).toEqual(['11:25 unknown_variant']);
});

it('names both files of a document that stands in two', () => {
  const files = [
    { path: 'a.yaml', text: flag },
    { path: 'b.yaml', text: flag },
  ];
  expect(readDocuments(files).problems).toMatchObject([
    {
      file: 'b.yaml',
      line: 2,
      rule: 'duplicate_document',
      message: 'The flag "a" stands in a.yaml, line 2, too.',
    },
  ]);
});

const config = (body: string): string => `configs:\n  pricing:\n${body.replace(/^/gm, '    ')}\n`;

it.each([
  [
    'weights that do not sum to 1',
    config(
      'schema:\n  share: { type: weights, names: [a, b], default: { a: 0.5, b: 0.5 } }\nvalues:\n  share: { a: 0.5, b: 0.6 }',
    ),
  ],
  ['a value of another type', config('schema:\n  max: { type: number, default: 1 }\nvalues:\n  max: "ten"')],
  [
    'a value beyond its bounds',
    config('schema:\n  max: { type: number, max: 5, default: 1 }\nvalues:\n  max: 10'),
  ],
  [
    'an unknown function',
    config('schema:\n  how: { type: function, functions: [a, b], default: a }\nvalues:\n  how: c'),
  ],
  [
    'an inheritance in a circle',
    `${config('schema: {}\nextends: other')}  other:\n    extends: pricing\n    schema: {}\n`,
  ],
  ['a parent that is not there', config('schema: {}\nextends: other')],
])('refuses %s, at a place in the document', (_name, text) => {
  const read = readDocuments([{ path: 'a.yaml', text }]);
  expect(read.problems).toEqual([]);
  const found = checkDocuments(read.documents);
  expect(found.length).toBeGreaterThan(0);
  for (const { line, column, file } of found) {
    expect(line).toBeGreaterThan(1);
    expect(column).toBeGreaterThan(0);
    expect(file).toBe('a.yaml');
  }
  expect(found.map(({ path, rule }) => `${path} ${rule}`)).toMatchSnapshot();
});

it('leaves references out of files that are a part of the environment', () => {
  const text = `${flag}    variants: { on: true }\n    default: { variant: on }\n    rules:\n      - { id: r, when: { op: segment, key: s }, serve: { variant: on } }\n`;
  const { documents } = readDocuments([{ path: 'a.yaml', text }]);
  expect(checkDocuments(documents).map(({ rule }) => rule)).toEqual(['unknown_segment']);
  expect(checkDocuments(documents, { isPartial: true })).toEqual([]);
});

it('reads paths of findings as steps', () => {
  expect(stepsOf('rules[2].when["a.b"][0].x-y')).toEqual(['rules', 2, 'when', 'a.b', 0, 'x-y']);
  expect(stepsOf('a[?].b')).toEqual(['a']);
});

it('knows files of documents by their names', () => {
  expect(['a.yaml', 'b/c.yml', 'd.JSON'].every(isDocumentFile)).toBe(true);
  expect(['.a.yaml', '..data/a.yaml', 'a.yaml~', '.a.yaml.swp', 'README.md'].some(isDocumentFile)).toBe(
    false,
  );
});
