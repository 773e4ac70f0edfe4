// Checks the values of a flag's variants against the flag's own JSON Schema (draft 2020-12). Runs at commit only; neither
// evaluation nor SDKs know schemas. The schema is not trusted: bounded in size, without references to elsewhere, and with
// little time to run, for a pattern may take for ever.
import { limits, type Violation } from '@org/contract';
import { pathText } from '@org/contract/schema';
import type { JsonObject, JsonValue } from '@org/contract/model';
import { compileSchema, prepareCompiler, type ValueCheck } from './compile-schema.ts';
import { schemaProblems } from './schema-problems.ts';
import { runWithin } from './run-within.ts';

/** For compiling the schema and checking all variants of one flag. */
const timeMsMax = 250;
const findingsPerVariantMax = 10;

/** Findings about `schema` and `variants`; none for a flag without a schema. */
export function checkValues(key: string, flag: JsonObject, base: string): readonly Violation[] {
  const schema = flag['schema'] as JsonObject | undefined;
  if (schema === undefined) return [];
  const field = `${base}.schema`;
  const problems = schemaProblems(schema, field);
  if (problems.length > 0) return problems;
  prepareCompiler();
  const checked = runWithin(timeMsMax, () => {
    const check = compileSchema(schema);
    return typeof check === 'string'
      ? [{ field, rule: 'json_schema', message: `The schema is none of draft 2020-12: ${check}.` }]
      : checkVariants(key, flag, endless(check), base);
  });
  if (checked !== undefined) return checked;
  const message = `Checking the values took more than ${timeMsMax} ms: simplify the schema, its patterns above all.`;
  return [{ field, rule: 'schema_time', message }];
}

function checkVariants(key: string, flag: JsonObject, check: ValueCheck, base: string): readonly Violation[] {
  const variants = Object.entries(flag['variants'] as JsonObject);
  return variants.flatMap(([variant, value]) =>
    check(value)
      .slice(0, findingsPerVariantMax)
      .map(({ pointer, schemaPath, message }) => ({
        field: pathText(['variants', variant, ...stepsOf(pointer, value)], base),
        rule: 'value_schema',
        message: `Flag ${quoted(key)}, variant ${quoted(variant)}: ${message} (${schemaPath}).`,
      })),
  );
}

/** A schema that applies itself to the same value has no end but that of the stack. */
const endless =
  (check: ValueCheck): ValueCheck =>
  (value) => {
    try {
      return check(value);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return [{ pointer: '', schemaPath: '#', message: 'the schema refers to itself without end' }];
    }
  };

const quoted = (text: string): string => JSON.stringify(text.slice(0, limits.keyCharsMax));

/** A JSON pointer as steps: numbers where they lead into lists. */
function stepsOf(pointer: string, value: JsonValue): readonly PropertyKey[] {
  let at: JsonValue | undefined = value;
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
      const isIndex = Array.isArray(at);
      at = (at as JsonObject | undefined)?.[name];
      return isIndex ? Number(name) : name;
    });
}
