// A flag's schema refuses values that do not fit, says where, and cannot harm the server.
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '@org/contract/model';
import { checkValues } from './check-values.ts';

const flagOf = (schema: object, variants: object): JsonObject =>
  ({ type: 'object', enabled: true, variants, schema }) as unknown as JsonObject;

const check = (schema: object, variants: object = { a: {} }) =>
  checkValues('checkout', flagOf(schema, variants), 'changes[0].document');

const limitsSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['retries'],
  additionalProperties: false,
  properties: {
    retries: { type: 'integer', minimum: 0 },
    hosts: { type: 'array', items: { $ref: '#/$defs/host' } },
  },
  $defs: { host: { type: 'string', pattern: '^[a-z.]+$' } },
};

describe('the values of a flag with a schema', () => {
  it('pass when all of them fit', () => {
    expect(check(limitsSchema, { a: { retries: 1 }, b: { retries: 0, hosts: ['x.y'] } })).toEqual([]);
    expect(checkValues('f', { type: 'boolean', variants: { on: true } }, 'x')).toEqual([]);
  });

  it('are refused with the place in the variant, all findings at once', () => {
    const findings = check(limitsSchema, {
      fine: { retries: 1 },
      'my.own': { retries: -1, hosts: ['x', 'Y'] },
    });
    expect(findings.map(({ field, rule }) => [field, rule])).toEqual([
      ['changes[0].document.variants["my.own"].retries', 'value_schema'],
      ['changes[0].document.variants["my.own"].hosts[1]', 'value_schema'],
    ]);
    expect(findings[0]?.message).toContain('Flag "checkout", variant "my.own": must be >= 0');
  });

  it('may have members with the names of keywords', () => {
    const schema = { properties: { $ref: { type: 'string' }, $id: true }, const: { $ref: 'x' } };
    expect(check(schema, { a: { $ref: 'x' } })).toEqual([]);
  });

  it('treats formats as notes', () => {
    expect(check({ properties: { at: { format: 'date-time' } } }, { a: { at: 'soon' } })).toEqual([]);
  });
});

it.each([
  [{ $ref: 'https://example.org/schema' }, 'schema.$ref', 'local_ref'],
  [{ $id: 'urn:x' }, 'schema.$id', 'schema_keyword'],
  [{ $schema: 'http://json-schema.org/draft-07/schema#' }, 'schema.$schema', 'schema_draft'],
  [{ allOf: [{ $dynamicRef: '#x' }] }, 'schema.allOf[0].$dynamicRef', 'schema_keyword'],
  [{ description: 'x'.repeat(20_000) }, 'schema', 'max_bytes'],
  [{ type: 'text' }, 'schema', 'json_schema'],
  [{ $async: true }, 'schema.$async', 'schema_keyword'],
  [{ minimun: 3 }, 'schema', 'json_schema'],
  [{ $ref: '#/$defs/nothing' }, 'schema', 'json_schema'],
  [{ pattern: '(' }, 'schema', 'json_schema'],
])('refuses the schema %j', (schema, field, rule) => {
  expect(check(schema)).toMatchObject([{ field: `changes[0].document.${field}`, rule }]);
});

it('gives up on a pattern that takes for ever, and goes on working', () => {
  const findings = check({ pattern: '^(a+)+$' }, { a: `${'a'.repeat(60)}!` });
  expect(findings).toMatchObject([{ field: 'changes[0].document.schema', rule: 'schema_time' }]);
  expect(check(limitsSchema, { a: { retries: 1 } })).toEqual([]);
});

it('survives a schema that refers to itself without end', () => {
  expect(check({ $ref: '#' }, { a: 1 })).toHaveLength(1);
  expect(
    check({ properties: { next: { $ref: '#' } }, type: 'object' }, { a: { next: { next: {} } } }),
  ).toEqual([]);
});
