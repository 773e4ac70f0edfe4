// TypeScript types of a flag's values: from its JSON Schema where it has one, else from the values of its variants.
import type { Flag, JsonObject, JsonValue } from '@org/flags-admin';

/** Of longer unions the plain type says more. */
const unionMax = 50;
const depthMax = 8;

/** The type of what the flag answers. */
export function valueTypeOf(flag: Flag): string {
  if (flag.type === 'boolean' || flag.type === 'kill_switch') return 'boolean';
  if (flag.schema !== undefined) return schemaType(flag.schema, 0);
  const values = Object.values(flag.variants);
  if (flag.type !== 'object') return unionOf(values.map(literal), flag.type);
  return typeOfValues(values, 0);
}

/** The names of the flag's variants. */
export const variantTypeOf = (flag: Flag): string =>
  unionOf(Object.keys(flag.variants).map(literal), 'string');

/** JSON as TypeScript writes it. */
export const literal = (value: JsonValue): string =>
  // Both are line ends in older parsers.
  JSON.stringify(value).replace(/[\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16)}`);

export const isIdentifier = (name: string): boolean => /^[A-Za-z_$][\w$]*$/.test(name);
const member = (name: string): string => (isIdentifier(name) ? name : literal(name));

const unionOf = (types: readonly string[], otherwise: string): string => {
  const different = [...new Set(types)].sort(byNumberOrText);
  return different.length === 0 || different.length > unionMax ? otherwise : different.join(' | ');
};

/** 5 before 10, and texts by their code units. */
const byNumberOrText = (a: string, b: string): number =>
  Number(a) - Number(b) || (a < b ? -1 : a > b ? 1 : 0);

const listOf = (item: string): string => `readonly ${item.includes(' ') ? `(${item})` : item}[]`;

/** What all of the values fit: members that not all of them have are optional. */
function typeOfValues(values: readonly JsonValue[], depth: number): string {
  if (depth > depthMax) return 'JsonValue';
  const objects = values.filter(isObject);
  const lists = values.filter((value) => Array.isArray(value));
  const scalars = values.filter((value) => !isObject(value) && !Array.isArray(value));
  const types: string[] = scalars.map((value) => (value === null ? 'null' : typeof value));
  if (lists.length > 0) types.push(listOf(typeOfValues(lists.flat() as JsonValue[], depth + 1)));
  if (objects.length > 0) types.push(objectType(objects, depth));
  return unionOf(types, 'JsonValue');
}

function objectType(objects: readonly JsonObject[], depth: number): string {
  const names = [...new Set(objects.flatMap((object) => Object.keys(object)))].sort();
  if (names.length === 0) return 'JsonObject';
  const members = names.map((name) => {
    const having = objects.filter((object) => Object.hasOwn(object, name));
    const optional = having.length < objects.length ? '?' : '';
    const type = typeOfValues(
      having.map((object) => object[name]!),
      depth + 1,
    );
    return `readonly ${member(name)}${optional}: ${type}`;
  });
  return `{ ${members.join('; ')} }`;
}

/** The part of JSON Schema that types can say; the rest is wider than the schema, never narrower. */
function schemaType(schema: unknown, depth: number): string {
  if (!isObject(schema) || depth > depthMax) return schema === false ? 'never' : 'JsonValue';
  if (schema['const'] !== undefined) return literalType(schema['const']);
  if (Array.isArray(schema['enum']))
    return unionOf((schema['enum'] as JsonValue[]).map(literalType), 'JsonValue');
  const choices = schema['oneOf'] ?? schema['anyOf'];
  if (Array.isArray(choices))
    return unionOf(
      choices.map((choice: unknown) => schemaType(choice, depth + 1)),
      'JsonValue',
    );
  const types = [schema['type'] ?? (schema['properties'] ? 'object' : undefined)].flat();
  return unionOf(
    types.map((type) => typeNamed(type, schema, depth)),
    'JsonValue',
  );
}

function typeNamed(type: unknown, schema: JsonObject, depth: number): string {
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
    case 'number':
      return type;
    case 'integer':
      return 'number';
    case 'array':
      return listOf(
        schema['prefixItems'] === undefined ? schemaType(schema['items'], depth + 1) : 'JsonValue',
      );
    case 'object':
      return schemaObject(schema, depth);
    default:
      return 'JsonValue';
  }
}

function schemaObject(schema: JsonObject, depth: number): string {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  const members = Object.keys(properties)
    .sort()
    .map((name) => {
      const type = schemaType(properties[name], depth + 1);
      return `readonly ${member(name)}${required.has(name) ? '' : '?'}: ${type}`;
    });
  const others = schema['additionalProperties'];
  if (members.length === 0)
    return isObject(others) ? `{ readonly [name: string]: ${schemaType(others, depth + 1)} }` : 'JsonObject';
  return `{ ${members.join('; ')} }`;
}

const literalType = (value: JsonValue): string =>
  isObject(value) || Array.isArray(value) ? typeOfValues([value], 0) : literal(value);

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
