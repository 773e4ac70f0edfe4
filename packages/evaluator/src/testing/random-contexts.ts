// Contexts at random: what applications pass, and what they must not be able to harm anything with. For tests only.
import type { RandomNumbers } from './random.ts';
import { specialValues } from './special-operators.ts';

const attributes = [
  'country',
  'age',
  'plan',
  'targetingKey',
  'length',
  'kind',
  'a.b',
  '',
  'constructor',
  '__proto__',
];
const values: readonly unknown[] = [
  'DE',
  'FR',
  '',
  'é',
  '\ud800',
  '\udc00\ud800',
  0,
  -0,
  18,
  1e308,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 53,
  10n,
  true,
  false,
  null,
  undefined,
  Symbol('s'),
  () => 'DE',
  [],
  ['DE'],
  new Map([['country', 'DE']]),
  new Date(0),
  'x'.repeat(5_000),
  ...specialValues,
];
/** Made once: they are large. */
const megabyte = 'DE'.repeat(500_000);
const wideMegabyte = 'é'.repeat(500_000);
const deep = Array.from({ length: 10_000 }).reduce<object>((below) => ({ country: below, a: below }), {});
const refuse = (): never => {
  throw new Error('A trap.');
};
const traps = new Proxy(
  {},
  { get: refuse, has: refuse, getPrototypeOf: refuse, getOwnPropertyDescriptor: refuse },
);
const liar = new Proxy({}, { get: (_target, name) => (name === 'kind' ? undefined : 'DE') });

/** A context, or something that is none. */
export function randomContext(random: RandomNumbers): unknown {
  if (random.chance(0.03))
    return random.choice([...values, traps, liar, deep, Object.create(traps) as object]);
  const kind = random.chance(0.1) ? random.choice(['user', 'device', '', 7, 'multi']) : undefined;
  const context = randomPart(random, kind);
  if (random.chance(0.85)) return context;
  return {
    kind: 'multi',
    user: context,
    device: randomPart(random),
    organisation: random.choice([null, 'o', context]),
  };
}

function randomPart(random: RandomNumbers, kind?: unknown): object {
  const part = random.choice<() => object>([
    () => ({}),
    () => ({}),
    () => ({}),
    () => Object.create(null) as object,
    () => Object.create({ country: 'DE' }) as object,
  ])();
  if (kind !== undefined) define(part, 'kind', kind);
  if (random.chance(0.8))
    define(part, 'targetingKey', random.choice(['u-1', 'u-2', 7, `user-${random.below(1e6)}`]));
  for (let count = random.below(5); count > 0; count--)
    define(part, random.choice(attributes), random.choice(values));
  if (random.chance(0.05)) define(part, random.choice(attributes), part);
  if (random.chance(0.03))
    Object.defineProperty(part, random.choice(attributes), {
      configurable: true,
      enumerable: true,
      get: refuse,
    });
  if (random.chance(0.0005))
    define(part, random.choice(attributes), random.choice([megabyte, wideMegabyte, deep]));
  return random.chance(0.01) ? Object.freeze(part) : part;
}

/** Also for names such as `__proto__`: as a property of its own. */
function define(part: object, name: string, value: unknown): void {
  Object.defineProperty(part, name, { configurable: true, enumerable: true, writable: true, value });
}
