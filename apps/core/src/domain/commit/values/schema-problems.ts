// What a flag's JSON Schema must not have: too many bytes, names of its own, references that lead out of it.
import { limits, type Violation } from '@org/contract';
import { pathText } from '@org/contract/schema';
import type { JsonObject, JsonValue } from '@org/contract/model';

const draft = 'https://json-schema.org/draft/2020-12/schema';
/** They give a schema a place in a world of schemas; ours stands alone. */
const refusedKeywords = new Set(['$id', '$anchor', '$dynamicAnchor', '$dynamicRef', '$vocabulary']);
/** Their values are data, in which any name may stand. */
const dataKeywords = new Set(['const', 'enum', 'default', 'examples']);

/** Every finding about the schema's form; `field` is its place in the request. */
export function schemaProblems(schema: JsonObject, field: string): readonly Violation[] {
  const bytes = Buffer.byteLength(JSON.stringify(schema));
  if (bytes > limits.valueSchemaBytesMax) {
    const message = `The schema has ${bytes} bytes; at most ${limits.valueSchemaBytesMax} are allowed.`;
    return [{ field, rule: 'max_bytes', message }];
  }
  const findings: Violation[] = [];
  if ('$async' in schema) {
    const message = 'Checks of a schema wait for nothing.';
    findings.push({ field: `${field}.$async`, rule: 'schema_keyword', message });
  }
  visit(schema, [], field, findings);
  return findings;
}

function visit(node: JsonValue, path: readonly PropertyKey[], base: string, findings: Violation[]): void {
  if (Array.isArray(node))
    return node.forEach((item: JsonValue, index) => visit(item, [...path, index], base, findings));
  if (typeof node !== 'object' || node === null) return;
  for (const [name, value] of Object.entries(node as JsonObject)) {
    const at = [...path, name];
    // Under "properties" names are names, and their values no texts.
    const problem = typeof value === 'string' ? problemOf(name, value) : undefined;
    if (problem !== undefined) findings.push({ field: pathText(at, base), ...problem });
    if (!dataKeywords.has(name)) visit(value, at, base, findings);
  }
}

function problemOf(name: string, value: string): Pick<Violation, 'rule' | 'message'> | undefined {
  if (name === '$ref' && !value.startsWith('#')) {
    return { rule: 'local_ref', message: 'A schema refers to itself only: "#/$defs/…".' };
  }
  if (name === '$schema' && value !== draft) {
    return { rule: 'schema_draft', message: `Must be "${draft}", or left out.` };
  }
  if (!refusedKeywords.has(name)) return undefined;
  return { rule: 'schema_keyword', message: `"${name}" has no place in a schema that stands alone.` };
}
