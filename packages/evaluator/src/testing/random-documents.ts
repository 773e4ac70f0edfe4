// Documents at random: mostly sound, some broken in every way the generator knows. For tests only.
import type { EvaluatedDocument } from '../types.ts';
import { operators } from '../operators/registry.ts';
import type { RandomNumbers } from './random.ts';
import { specialTests } from './special-operators.ts';

const names = ['f0', 'f1', 'f2', 'f3', '__proto__', 'constructor', 's0', 's1', 's2', 'toString', ''];
const attributes = [
  'country',
  'age',
  'plan',
  'targetingKey',
  '__proto__',
  'constructor',
  'length',
  'kind',
  'a.b',
  '',
];
const kinds = ['user', 'device', 'organisation', 'constructor', undefined];
const literals = ['DE', 'FR', '', 'é', '\ud800', 0, -0, 1, 18, 1e308, true, false, null, 'x'.repeat(100)];
const junk = [
  undefined,
  null,
  '',
  'text',
  -1,
  1.5,
  Number.NaN,
  1e400,
  true,
  [],
  {},
  [[]],
  { op: 'and' },
  { variant: 7 },
];
const variants = {
  boolean: [true, false],
  string: ['a', ''],
  number: [0, 1.5],
  object: [{ a: [1] }, []],
} as const;
const types = Object.keys(variants) as (keyof typeof variants)[];

/** One environment. */
export function randomDocuments(random: RandomNumbers): readonly EvaluatedDocument[] {
  const brokenness = random.choice([0, 0, 0.002, 0.02, 0.2]);
  const documents = Array.from({ length: 1 + random.below(9) }, () => randomDocument(random));
  return documents.map((document) => spoil(document, brokenness, random) as EvaluatedDocument);
}

function randomDocument(random: RandomNumbers): EvaluatedDocument {
  const kind = random.choice(['flag', 'flag', 'flag', 'segment', 'overlay']);
  const key = random.choice(names);
  const document = { flag: randomFlag, segment: randomSegment, overlay: randomOverlay }[kind]!(random);
  return { kind, key, revision: random.below(100), document };
}

function randomFlag(random: RandomNumbers): object {
  const type = random.choice(types);
  const rule = (index: number) => ({
    id: `r${index}`,
    when: randomExpression(random, 3),
    serve: randomServe(random),
  });
  return {
    type,
    enabled: random.chance(0.95),
    killed: random.chance(0.02),
    variants: { on: variants[type][0], off: variants[type][1] },
    ...maybe(random, 0.8, () => ({ offVariant: 'off' })),
    ...maybe(random, 0.9, () => ({ default: randomServe(random) })),
    ...maybe(random, 0.7, () => ({ rules: list(random, 12, rule) })),
    ...maybe(random, 0.3, () => ({ targets: list(random, 3, () => randomTarget(random)) })),
    ...maybe(random, 0.3, () => ({
      prerequisites: list(random, 3, () => ({
        flag: random.choice(names),
        variants: random.choice([['on'], ['on', 'off']]),
      })),
    })),
  };
}

function randomTarget(random: RandomNumbers): object {
  const keys = list(random, 4, () => random.choice(['u-1', '7', '', '__proto__', 'é']));
  return {
    variant: random.choice(['on', 'off']),
    keys,
    ...maybe(random, 0.3, () => ({ kind: random.choice(kinds) })),
  };
}

function randomServe(random: RandomNumbers): object {
  if (random.chance(0.6)) return { variant: random.choice(['on', 'off']) };
  const total = random.choice([1, 100, 100_000, 2_147_483_647]);
  const first = random.below(total + 1);
  const weights = [
    { variant: 'on', weight: first },
    { variant: 'off', weight: total - first },
  ];
  return { split: { weights, ...randomUnit(random) } };
}

function randomUnit(random: RandomNumbers): object {
  return {
    ...maybe(random, 0.3, () => ({ by: randomAttribute(random) })),
    ...maybe(random, 0.3, () => ({ kind: random.choice(kinds) })),
    ...maybe(random, 0.3, () => ({ salt: random.choice(['', 's', 'é', 'salt-7']) })),
  };
}

function randomAttribute(random: RandomNumbers): string | readonly string[] {
  const path = list(random, 3, () => random.choice(attributes));
  return random.chance(0.7) || path.length === 0 ? random.choice(attributes) : path;
}

/** An expression; leaves only when the depth is used up. */
export function randomExpression(random: RandomNumbers, depth: number): object {
  const op = random.choice(['test', 'test', 'test', 'and', 'or', 'not', 'segment']);
  if (depth > 0 && (op === 'and' || op === 'or')) {
    return { op, of: list(random, 4, () => randomExpression(random, depth - 1)) };
  }
  if (depth > 0 && op === 'not') return { op, of: randomExpression(random, depth - 1) };
  if (op === 'segment' && random.chance(0.3)) return { op, key: random.choice(names) };
  return {
    attribute: randomAttribute(random),
    ...maybe(random, 0.2, () => ({ kind: random.choice(kinds) })),
    ...randomOperands(random),
  };
}

function randomOperands(random: RandomNumbers): object {
  if (random.chance(0.3)) return randomSpecial(random);
  const number = () => random.choice([0, -1.5, 18, 1e308]);
  const text = () => random.choice(['D', 'é', 'pro', '\ud800']);
  const op = random.choice([
    'equals',
    'in',
    'in',
    'greater',
    'less_or_equal',
    'between',
    'contains',
    'starts_with',
    'ends_with',
    'exists',
  ]);
  if (op === 'exists') return { op };
  if (op === 'equals') return { op, value: random.choice(literals) };
  if (op === 'in')
    return {
      op,
      values: list(random, 6, () => random.choice(literals.filter((literal) => literal !== null))),
    };
  if (op === 'greater' || op === 'less_or_equal') return { op, value: number() };
  if (op === 'between') return { op, values: [number(), number()].sort((a, b) => a - b) };
  return { op, values: [text(), ...list(random, 2, text)] };
}

/** One of the operators on versions, instants, addresses and so on, or its negation. */
function randomSpecial(random: RandomNumbers): object {
  const { op, ...fields } = random.choice(specialTests);
  const isNegated = random.chance(0.4) && operators.has(`not_${op}`);
  const ignoreCase = random.chance(0.3) && operators.get(op)?.members.includes('ignoreCase');
  return { op: isNegated ? `not_${op}` : op, ...fields, ...(ignoreCase && { ignoreCase }) };
}

function randomSegment(random: RandomNumbers): object {
  const keys = () => list(random, 3, () => random.choice(['u-1', '7', 'constructor']));
  return {
    when: randomExpression(random, 3),
    ...maybe(random, 0.4, () => ({ included: keys() })),
    ...maybe(random, 0.4, () => ({ excluded: keys() })),
    ...maybe(random, 0.2, () => ({ kind: random.choice(kinds) })),
  };
}

function randomOverlay(random: RandomNumbers): object {
  const range = () => {
    const [from, to] = [random.below(100_001), random.below(100_001)].sort((a, b) => a - b);
    return { from, to };
  };
  return {
    target: { kind: 'flag', key: random.choice(names) },
    patch: { serve: randomServe(random) },
    ranges: list(random, 3, range),
    mode: random.choice(['live', 'live', 'shadow']),
    ...maybe(random, 0.4, () => ({ eligibility: randomExpression(random, 2) })),
    ...maybe(random, 0.3, () => ({ layer: 'layer' })),
    ...randomUnit(random),
  };
}

/** Replaces members at random, at any depth, by what does not belong there. */
function spoil(value: unknown, probability: number, random: RandomNumbers): unknown {
  if (probability > 0 && random.chance(probability)) return random.choice(junk);
  if (Array.isArray(value)) return value.map((element) => spoil(element, probability, random));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, spoil(member, probability, random)]),
  );
}

function maybe(random: RandomNumbers, probability: number, make: () => object): object {
  return random.chance(probability) ? make() : {};
}

function list<T>(random: RandomNumbers, lengthMax: number, make: (index: number) => T): T[] {
  return Array.from({ length: random.below(lengthMax + 1) }, (_, index) => make(index));
}
