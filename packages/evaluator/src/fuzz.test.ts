// R23 and R26: no pair of environment and context makes an evaluation throw, hang or answer with a value of another type.
// FLAGS_FUZZ_PAIRS sets how many pairs, FLAGS_FUZZ_SEED where they begin.
import { expect, it } from 'vitest';
import type { EvaluationContext } from '@org/contract/model';
import {
  checkDocument,
  checkReferences,
  createEvaluator,
  type EvaluatedDocument,
  type Evaluator,
} from './index.ts';
import { lookupOf } from './testing/documents.ts';
import { randomContext } from './testing/random-contexts.ts';
import { randomDocuments } from './testing/random-documents.ts';
import { createRandom, type RandomNumbers } from './testing/random.ts';
import { hasType } from './value.ts';

const long = process.env['FLAGS_TEST_LONG'] === '1';
const pairs = Number(process.env['FLAGS_FUZZ_PAIRS'] ?? (long ? 10_000_000 : 300_000));
const firstSeed = Number(process.env['FLAGS_FUZZ_SEED'] ?? 1);
const contextsPerEnvironment = 200;
const keys = ['f0', 'f1', 'f2', 'f3', '__proto__', 'constructor', 'nobody'];
const types = ['boolean', 'string', 'number', 'object'] as const;
const defaults = { boolean: true, string: 'default', number: -1, object: { default: true } };
const reasons = ['STATIC', 'DEFAULT', 'TARGETING_MATCH', 'SPLIT', 'DISABLED', 'ERROR'];

interface Asked {
  readonly key: string;
  readonly type: (typeof types)[number];
  readonly handle: ReturnType<Evaluator['object']>;
}

function handlesOf(evaluator: Evaluator, random: RandomNumbers): readonly Asked[] {
  return keys.map((key) => {
    const type = random.choice(types);
    const handle = (evaluator[type] as (key: string, value: unknown) => Asked['handle'])(key, defaults[type]);
    return { key, type, handle };
  });
}

/** Undefined when the answer is what it has to be; compared without matchers, which would take longer than the answer. */
function complaint({ key, type, handle }: Asked, evaluator: Evaluator, context: unknown): string | undefined {
  const value = handle.get(context as EvaluationContext);
  const details = handle.details(context as EvaluationContext);
  const any = evaluator.evaluate(key, context as EvaluationContext);
  if (!hasType(value, type)) return `${key} is no ${type}`;
  if (details.value !== value || details.flagKey !== key) return `${key}: get and details differ`;
  if (!reasons.includes(details.reason) || !Number.isSafeInteger(details.revision))
    return `${key}: odd details`;
  if ((details.reason === 'ERROR') !== (details.errorCode !== undefined)) return `${key}: odd error`;
  if (details.variant === undefined && value !== defaults[type]) return `${key}: a value from nowhere`;
  if (details.errorCode !== 'TYPE_MISMATCH' && (any.reason !== details.reason || any.rule !== details.rule)) {
    return `${key}: evaluate answers otherwise`;
  }
  return undefined;
}

/** Loads the environment whole or by deltas: both must come to the same. */
function fill(evaluator: Evaluator, documents: readonly EvaluatedDocument[], random: RandomNumbers): void {
  if (random.chance(0.7)) evaluator.load(documents, 1);
  else for (const document of documents) evaluator.apply({ upserts: [document], deletes: [], revision: 1 });
}

it(`answers ${pairs} pairs of random environments and contexts`, () => {
  const rounds = Math.ceil(pairs / contextsPerEnvironment);
  const prototypeNames = Object.getOwnPropertyNames(Object.prototype).join();
  const evaluator = createEvaluator({ digest: (salt, literal) => salt + literal });
  const asked = handlesOf(evaluator, createRandom(firstSeed));
  let answered = 0;
  for (let round = 0; round < rounds; round++) {
    const random = createRandom(firstSeed + round);
    const documents = randomDocuments(random);
    fill(evaluator, documents, random);
    for (const document of documents) {
      if (document?.kind !== undefined) checkDocument(document.kind, document.key, document.document);
    }
    for (let count = 0; count < contextsPerEnvironment; count++) {
      const one = random.choice(asked);
      const found = complaint(one, evaluator, randomContext(random));
      if (found !== undefined) expect.fail(`FLAGS_FUZZ_SEED=${firstSeed + round}: ${found}`);
      if (one.handle.defaultValue !== undefined) answered++;
    }
  }
  expect(answered).toBe(rounds * contextsPerEnvironment);
  expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(prototypeNames);
});

it('compiles whatever the checks let through', () => {
  let sound = 0;
  for (let round = 0; round < pairs / 100; round++) {
    const random = createRandom(firstSeed + round);
    const unique = new Map(randomDocuments(random).map((entry) => [`${entry?.kind}/${entry?.key}`, entry]));
    const documents = [...unique.values()].filter(
      (entry) => typeof entry?.key === 'string' && typeof entry.kind === 'string',
    );
    const checked = [
      ...documents.flatMap(({ kind, key, document }) => checkDocument(kind, key, document)),
      ...checkReferences(lookupOf(documents), documents),
    ];
    // Overlays in each other's way are refused at commit, and harmless to an SDK: the first by key decides.
    const problems = checked.filter(
      ({ rule }) => !/^(overlay_conflict|layer_|server_only|unknown_kind)/.test(rule),
    );
    if (problems.length > 0) continue;
    sound++;
    const found = createEvaluator().load(documents, 1);
    if (found.length > 0) expect.fail(`FLAGS_FUZZ_SEED=${firstSeed + round}: ${JSON.stringify(found)}`);
  }
  expect(sound).toBeGreaterThan(pairs / 5_000);
});

it('comes by deltas in any order to what a snapshot comes to', () => {
  for (let round = 0; round < pairs / 1_000; round++) {
    const random = createRandom(firstSeed + round);
    const unique = new Map(randomDocuments(random).map((entry) => [`${entry?.kind}/${entry?.key}`, entry]));
    const documents = [...unique.values()].filter((entry) => typeof entry?.key === 'string');
    const byLoad = createEvaluator();
    byLoad.load(documents, 1);
    const byDeltas = createEvaluator();
    byDeltas.load(randomDocuments(random), 0);
    const gone = byDeltas.flagKeys().map((key) => ({ kind: 'flag', key }));
    const others = keysOf(['s0', 's1', 's2', ...keys, 'toString', '', 'text']);
    byDeltas.apply({ upserts: [], deletes: [...gone, ...others], revision: 1 });
    for (const document of [...documents].sort(() => random.next() - 0.5)) {
      byDeltas.apply({ upserts: [document], deletes: [], revision: 1 });
    }
    for (let count = 0; count < 40; count++) {
      const key = random.choice(keys);
      const context = randomContext(random) as EvaluationContext;
      const [first, second] = [byLoad, byDeltas].map((evaluator) => {
        const { value, variant, reason, rule, revision, errorCode } = evaluator.evaluate(key, context);
        return JSON.stringify([value, variant, reason, rule, revision, errorCode]);
      });
      if (first !== second)
        expect.fail(`FLAGS_FUZZ_SEED=${firstSeed + round}: ${key} ${first} and ${second}`);
    }
  }
});

const keysOf = (names: readonly string[]) =>
  names.flatMap((key) => ['flag', 'segment', 'overlay'].map((kind) => ({ kind, key })));

it('survives flipped bits in a snapshot; the other documents answer as before', () => {
  const random = createRandom(firstSeed);
  const documents = Array.from({ length: 40 }, () => randomDocuments(random))
    .flat()
    .filter((entry) => entry?.kind === 'flag')
    .map((entry, index) => ({ ...entry, key: `flag-${index}` }));
  const context = { targetingKey: 'u-1', country: 'DE', age: 18 };
  const answer = (evaluator: Evaluator, key: string) =>
    JSON.stringify(evaluator.evaluate(key, context).value);
  const text = JSON.stringify(documents);
  const sound = createEvaluator();
  // As a snapshot carries them: what is no JSON, such as NaN, becomes something else on the way.
  sound.load(JSON.parse(text) as typeof documents, 1);
  const positions = long ? text.length : 250;
  for (let count = 0; count < positions; count++) {
    const at = long ? count : random.below(text.length);
    const damaged = parseOrNothing(text.slice(0, at) + flip(text[at]!, random) + text.slice(at + 1));
    if (damaged === undefined) continue;
    const evaluator = createEvaluator();
    evaluator.load(damaged, 1);
    const touched = new Set(
      damaged.filter((entry, index) => !isSame(entry, documents[index])).map(({ key }) => key),
    );
    for (const { key } of documents.slice(random.below(documents.length - 5)).slice(0, 5)) {
      if (touched.has(key) || !damaged.some((entry) => entry.key === key)) continue;
      expect(answer(evaluator, key), `bit flipped at ${at}`).toBe(answer(sound, key));
    }
  }
});

const flip = (character: string, random: RandomNumbers) =>
  String.fromCharCode(character.charCodeAt(0) ^ (1 << random.below(7)));
const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

function parseOrNothing(text: string): readonly EvaluatedDocument[] | undefined {
  try {
    return JSON.parse(text) as readonly EvaluatedDocument[];
  } catch {
    return undefined;
  }
}
