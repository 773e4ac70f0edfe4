// What browsers get of a document (docs/spec/wire.md, views): without notes, with salted hashes for ids and sensitive
// literals. Pure but for the digest it is given. A literal that is hashed here must never stand in the result.
import type { JsonObject, JsonValue } from '@org/contract/model';
import { foldCase } from '@org/evaluator';

/** Salted hash of a literal. */
export type Digest = (literal: string) => string;

const notes = new Set(['description', 'owner', 'tags', 'metadata', 'schema', 'permanent']);

/** The client's form of a flag, segment or overlay. */
export function clientDocument(kind: string, document: JsonObject, salt: string, digest: Digest): JsonObject {
  const hasher: Hasher = { salt, digest };
  if (kind === 'flag') return clientFlag(document, hasher);
  if (kind === 'segment') return clientSegment(document, hasher);
  if (kind === 'config') return clientConfig(document, hasher);
  return mapMembers(document, {
    eligibility: (value) => clientExpression(value, hasher),
    patch: (value) => clientTree(value, hasher),
  });
}

interface Hasher {
  readonly salt: string;
  readonly digest: Digest;
}
type Mapper = (value: JsonValue) => JsonValue;

function clientFlag(flag: JsonObject, hasher: Hasher): JsonObject {
  const type = flag['type'] === 'kill_switch' ? 'boolean' : (flag['type'] ?? null);
  if (flag['remoteEvaluation'] === true) return { type, remoteEvaluation: true };
  return mapMembers(flag, {
    type: () => type,
    targets: mapItems((target) => hashedKeys(target, ['keys'], hasher)),
    rules: mapItems((rule) => mapMembers(rule, { when: (value) => clientExpression(value, hasher) })),
  });
}

function clientSegment(segment: JsonObject, hasher: Hasher): JsonObject {
  const mapped = mapMembers(segment, { when: (value) => clientExpression(value, hasher) });
  return hashedKeys(mapped, ['included', 'excluded'], hasher);
}

const evolution = new Set(['invariants', 'coupled', 'forbidden', 'evolve']);

/** Without what only commits and evolution look at. */
function clientConfig(config: JsonObject, hasher: Hasher): JsonObject {
  const served = Object.entries(config).filter(([name]) => !notes.has(name) || name === 'schema');
  const kept = served.filter(([name]) => !evolution.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, clientTree(value, hasher)]));
}

/** Tests may stand anywhere among values: whatever looks like a test of an id or a secret is hashed. */
function clientTree(value: JsonValue, hasher: Hasher): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => clientTree(item, hasher));
  if (!isObject(value)) return value;
  if (isSecret(value)) return hashedTest(value, hasher);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, clientTree(member, hasher)]),
  );
}

/** Replaces lists of targeting keys; sorted, so that their order tells nothing. */
function hashedKeys(document: JsonObject, members: readonly string[], { salt, digest }: Hasher): JsonObject {
  const present = members.filter((member) => Array.isArray(document[member]));
  if (present.length === 0) return document;
  const hashed: Record<string, JsonValue> = { ...document, hashed: salt };
  for (const member of present) {
    hashed[member] = (document[member] as readonly JsonValue[])
      .map((key) => digest(typeof key === 'string' ? key : JSON.stringify(key)))
      .sort();
  }
  return hashed;
}

function clientExpression(expression: JsonValue, hasher: Hasher): JsonValue {
  if (!isObject(expression)) return expression;
  const operands = expression['of'];
  if (Array.isArray(operands)) {
    return { ...expression, of: operands.map((operand: JsonValue) => clientExpression(operand, hasher)) };
  }
  if (operands !== undefined) return { ...expression, of: clientExpression(operands, hasher) };
  return isSecret(expression) ? hashedTest(expression, hasher) : expression;
}

const equalities = new Set<unknown>(['equals', 'in', 'not_equals', 'not_in']);

const isSecret = (test: JsonObject): boolean =>
  equalities.has(test['op']) &&
  (test['sensitive'] === true || attributeName(test['attribute']) === 'targetingKey');

const attributeName = (attribute: JsonValue | undefined): JsonValue | undefined =>
  Array.isArray(attribute) && attribute.length === 1 ? (attribute[0] as JsonValue) : attribute;

/** `equals` of a text becomes `in` of one value: only `values` may be hashed. */
function hashedTest(test: JsonObject, { salt, digest }: Hasher): JsonObject {
  const { value, values, sensitive: _sensitive, ...rest } = test;
  const hash = (literal: string): string => digest(test['ignoreCase'] === true ? foldCase(literal) : literal);
  if (!Array.isArray(values)) {
    const isNegated = test['op'] === 'not_equals';
    if (typeof value === 'string') {
      return { ...rest, op: isNegated ? 'not_in' : 'in', values: [hash(value)], hashed: salt };
    }
    return typeof value === 'number' ? testOfNumber(rest, isNegated) : { ...rest, value: value ?? null };
  }
  // Truth values tell nothing about anybody; numbers cannot be hashed apart from texts and are refused at commit.
  const literals = (values as readonly JsonValue[]).filter((literal) => typeof literal !== 'number');
  const hashed = literals.map((literal) => (typeof literal === 'string' ? hash(literal) : literal));
  return { ...rest, values: hashed.sort(), hashed: salt };
}

/** What is left of a comparison with a number that must not be told: nobody is that number. */
function testOfNumber({ ignoreCase: _ignoreCase, ...rest }: JsonObject, isNegated: boolean): JsonObject {
  return isNegated ? { ...rest, op: 'exists' } : { op: 'or', of: [] };
}

/** Paths of number literals that browsers would have to get as hashes and cannot, in the document as authored. */
export function unhashableLiterals(kind: string, document: JsonObject): readonly string[] {
  const found: string[] = [];
  if (kind === 'flag' && Array.isArray(document['rules'])) {
    (document['rules'] as readonly JsonObject[]).forEach((rule, index) =>
      visitLiterals(rule['when'], `rules[${index}].when`, found),
    );
  }
  if (kind === 'segment') visitLiterals(document['when'], 'when', found);
  if (kind === 'overlay') visitLiterals(document['eligibility'], 'eligibility', found);
  if (kind === 'overlay') visitTree(document['patch'], 'patch', found);
  if (kind === 'config')
    for (const name of ['schema', 'values', 'rules']) visitTree(document[name], name, found);
  return found;
}

/** Every test in a tree of JSON. */
function visitTree(value: JsonValue | undefined, path: string, found: string[]): void {
  if (Array.isArray(value)) {
    value.forEach((item: JsonValue, index) => visitTree(item, `${path}[${index}]`, found));
  } else if (isObject(value)) {
    if (isSecret(value)) return visitLiterals(value, path, found);
    for (const [name, member] of Object.entries(value)) visitTree(member, `${path}.${name}`, found);
  }
}

function visitLiterals(expression: JsonValue | undefined, path: string, found: string[]): void {
  if (!isObject(expression)) return;
  const operands = expression['of'];
  if (Array.isArray(operands)) {
    operands.forEach((operand: JsonValue, index) => visitLiterals(operand, `${path}.of[${index}]`, found));
  } else if (operands !== undefined) visitLiterals(operands, `${path}.of`, found);
  if (!isSecret(expression)) return;
  if (typeof expression['value'] === 'number') found.push(`${path}.value`);
  const values: readonly JsonValue[] = Array.isArray(expression['values']) ? expression['values'] : [];
  values.forEach((literal, index) => {
    if (typeof literal === 'number') found.push(`${path}.values[${index}]`);
  });
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mapItems =
  (map: (item: JsonObject) => JsonObject): Mapper =>
  (value) =>
    Array.isArray(value) ? value.map((item: JsonValue) => (isObject(item) ? map(item) : item)) : value;

/** Copies the members but the notes, some of them mapped. */
function mapMembers(document: JsonObject, mappers: Readonly<Record<string, Mapper>>): JsonObject {
  const entries = Object.entries(document)
    .filter(([name]) => !notes.has(name))
    .map(([name, value]) => {
      const map = Object.hasOwn(mappers, name) ? mappers[name] : undefined;
      return [name, map === undefined ? value : map(value)] as const;
    });
  return Object.fromEntries(entries);
}
