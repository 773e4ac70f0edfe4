// JSON Schemas as functions, by ajv. Nothing is fetched, nothing is filled in, formats are notes. Keeps the latest ones:
// the flags of one commit often share a schema.
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { JsonObject } from '@org/contract/model';

/** One rule that a value breaks. */
export interface ValueProblem {
  /** JSON pointer into the value. */
  readonly pointer: string;
  readonly schemaPath: string;
  readonly message: string;
}

export type ValueCheck = (value: unknown) => readonly ValueProblem[];

const keptMax = 100;
const kept = new Map<string, ValueCheck>();
/** Made when first needed; one that was interrupted may be in any state and is left. */
let idle: Ajv2020 | undefined;

/**
 * Makes a compiler ready, the schema of schemas included. That takes longer than most schemas do, and is not counted as
 * their time.
 */
export function prepareCompiler(): void {
  if (idle !== undefined) return;
  const ajv = newAjv();
  void ajv.validateSchema({});
  idle = ajv;
}

/** The check, or what is wrong with the schema. */
export function compileSchema(schema: JsonObject): ValueCheck | string {
  const text = JSON.stringify(schema);
  const known = kept.get(text);
  if (known !== undefined) return known;
  const ajv = idle ?? newAjv();
  idle = undefined;
  const compiled = compileWith(ajv, schema);
  idle = ajv;
  if (typeof compiled === 'string') return compiled;
  kept.set(text, compiled);
  if (kept.size > keptMax) kept.delete(kept.keys().next().value ?? '');
  return compiled;
}

const newAjv = (): Ajv2020 =>
  new Ajv2020({
    ...{ allErrors: true, strict: true, strictTypes: false, strictTuples: false, strictRequired: false },
    ...{ inlineRefs: false, validateFormats: false, logger: false },
  });

function compileWith(ajv: Ajv2020, schema: JsonObject): ValueCheck | string {
  try {
    // No schema is asynchronous: that keyword is refused.
    const validate = ajv.compile<unknown>(schema);
    return (value) => (validate(value) ? [] : (validate.errors ?? []).map(problemOf));
  } catch (error) {
    return (error instanceof Error ? error.message : 'it cannot be compiled').slice(0, 500);
  } finally {
    ajv.removeSchema(schema);
  }
}

const problemOf = ({ instancePath, schemaPath, message = 'is not valid' }: ErrorObject): ValueProblem => ({
  pointer: instancePath,
  schemaPath,
  message,
});
