// Generated accessors and manifests: names, types, defaults, and a module that compiles against the SDKs.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Flag, JsonValue } from '@org/flags-admin';
import { describe, expect, it } from 'vitest';
import { openShell } from '../testing/start-core.ts';
import { manifestOf } from './manifest.ts';
import { accessorNames, camelCase } from './names.ts';
import { typescriptOf } from './typescript.ts';
import { valueTypeOf } from './value-types.ts';

const flag = (type: Flag['type'], variants: Record<string, JsonValue>, more: Partial<Flag> = {}): Flag => ({
  type,
  enabled: true,
  variants,
  ...more,
});

describe('accessors', () => {
  it.each([
    ['new-checkout', 'newCheckout'],
    ['New Checkout', 'newCheckout'],
    ['payments.open_now', 'paymentsOpenNow'],
    ['newCheckout', 'newCheckout'],
    ['HTTPTimeout', 'httpTimeout'],
    ['API', 'api'],
    ['2fa', 'flag2fa'],
    ['größe', 'größe'],
    ['日本', '日本'],
    ['🎉', 'flag'],
    ['constructor', 'constructorFlag'],
    ['__proto__', 'proto'],
    ['then', 'thenFlag'],
  ])('of %s is %s', (key, name) => {
    expect(camelCase(key)).toBe(name);
  });

  it('are different for different keys, whatever the order', () => {
    const keys = ['a-b', 'aB', 'a b', 'a_b'];
    const names = accessorNames(keys);
    expect(new Set(names.values()).size).toBe(4);
    expect(accessorNames(keys.toReversed())).toEqual(names);
  });
});

describe('types', () => {
  it.each([
    [flag('boolean', { on: true }), 'boolean'],
    [flag('kill_switch', { on: true, off: false }), 'boolean'],
    [flag('string', { b: 'x"y', a: 'a' }), '"a" | "x\\"y"'],
    [flag('number', { a: 2, b: 1 }), '1 | 2'],
    [flag('string', {}), 'string'],
    [flag('string', Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`v${i}`, `v${i}`]))), 'string'],
    [
      flag('object', { a: { x: 1, l: ['a'] }, b: { x: 'y' } }),
      '{ readonly l?: readonly string[]; readonly x: number | string }',
    ],
    [flag('object', { a: [{ x: null }] }), 'readonly ({ readonly x: null })[]'],
    [flag('object', { a: {} }), 'JsonObject'],
    [flag('object', { a: [] }), 'readonly JsonValue[]'],
    [flag('string', { a: 'a' }, { schema: { type: 'string', minLength: 1 } }), 'string'],
    [flag('number', { a: 1 }, { schema: { enum: [1, 2, 3] } }), '1 | 2 | 3'],
    [
      flag(
        'object',
        { a: {} },
        {
          schema: {
            type: 'object',
            required: ['text', 'a-b'],
            properties: {
              text: { type: 'string' },
              tone: { const: 'loud' },
              'a-b': { type: ['integer', 'null'] },
              of: { type: 'array', items: { oneOf: [{ type: 'string' }, { type: 'boolean' }] } },
            },
          },
        },
      ),
      '{ readonly "a-b": null | number; readonly of?: readonly (boolean | string)[]; readonly text: string; readonly tone?: "loud" }',
    ],
    [
      flag('object', { a: {} }, { schema: { type: 'object', additionalProperties: { type: 'number' } } }),
      '{ readonly [name: string]: number }',
    ],
    [flag('object', { a: {} }, { schema: { $ref: '#/$defs/x' } }), 'JsonValue'],
  ])('of %j are %s', (of, type) => {
    expect(valueTypeOf(of)).toBe(type);
  });
});

const flags = [
  {
    key: 'banner',
    flag: flag('object', { a: { text: 'Sale' }, b: { text: '', tone: 'calm' } }, { offVariant: 'b' }),
  },
  {
    key: 'colour',
    flag: flag(
      'string',
      { red: '#f00', blue: '#00f' },
      { default: { variant: 'red' }, owner: 'web', tags: ['ui'] },
    ),
  },
  { key: 'limit', flag: flag('number', { low: 1, high: 2.5 }) },
  {
    key: 'new-checkout',
    flag: flag(
      'boolean',
      { on: true, off: false },
      { offVariant: 'off', description: 'The checkout.\n*/ process.exit(1) /*\u2028' },
    ),
  },
  { key: 'payments', flag: flag('kill_switch', { on: true, off: false }, { offVariant: 'off' }) },
  {
    key: 'schema',
    flag: flag(
      'object',
      { a: { n: 1 } },
      { offVariant: 'a', schema: { type: 'object', properties: { n: { type: 'number' } } } },
    ),
  },
  { key: '__proto__', flag: flag('boolean', { on: true }) },
];

const compile = (sdk: 'node' | 'web', use: string): string => {
  const root = fileURLToPath(new URL('../../../..', import.meta.url));
  // Below the repository, so that the SDKs are found.
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache/codegen-'));
  try {
    writeFileSync(join(folder, 'flags.ts'), typescriptOf(flags, sdk));
    writeFileSync(join(folder, 'use.ts'), use);
    const compilerOptions = { types: ['node'], lib: ['ES2023', 'DOM'] };
    const config = { extends: join(root, 'tsconfig.base.json'), compilerOptions, include: ['*.ts'] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const compiler = join(root, 'node_modules/typescript-native/bin/tsc');
    const { stdout, error } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
    return error ? String(error) : stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

describe('modules', () => {
  it.each([
    ['node', 'createMemoryClient', '@org/flags-node'],
    ['web', 'createMemoryClient', '@org/flags-web'],
  ] as const)('for %s compile, and know what each flag answers', (sdk, make, from) => {
    const use = `
import { ${make} } from '${from}';
import { createFlags, type FlagVariants } from './flags.ts';
const flags = createFlags(${make}());
const on: boolean = flags.newCheckout.get({}) && flags.payments.get({});
const colour: '#f00' | '#00f' = flags.colour.get({});
const limit: 1 | 2.5 = flags.limit.get({});
const { text, tone }: { readonly text: string; readonly tone?: string } = flags.banner.get({});
const n: number | undefined = flags.schema.get({}).n;
const variant: FlagVariants['colour'] = 'red';
// @ts-expect-error -- there is no such flag
flags.newCheckouts;
// @ts-expect-error -- nor such a value
flags.colour.get({}) === 'green';
export { on, colour, limit, text, tone, n, variant };
`;
    expect(compile(sdk, use)).toBe('');
  });

  it('are the same text for the same flags', () => {
    expect(typescriptOf(flags, 'node')).toBe(typescriptOf(structuredClone(flags), 'node'));
    expect(typescriptOf(flags, 'node')).toContain(`  /**
   * The checkout.
   * *\\/ process.exit(1) /*
   * Key \`new-checkout\`, default \`false\`.
   */
  readonly newCheckout: FlagHandle<FlagValues["new-checkout"]>;`);
    expect(typescriptOf(flags, 'node')).toContain('default `"#f00"`. Owner: web. Tags: ui.');
  });

  it('are checked for being up to date', async () => {
    const { flagsctl, folder, close } = openShell();
    writeFileSync(
      join(folder, 'env.yaml'),
      'flags: {a: {type: boolean, enabled: true, variants: {on: true}}}',
    );
    const words = ['codegen', 'typescript', '-f', 'env.yaml', '-o', 'src/flags.ts'];
    expect((await flagsctl([...words, '--check'])).code).toBe(8);
    expect((await flagsctl(words)).out).toBe('wrote src/flags.ts\n');
    expect((await flagsctl([...words, '--check'])).code).toBe(0);
    expect((await flagsctl([...words, '--sdk', 'web', '--check'])).code).toBe(8);
    expect((await flagsctl(['codegen', 'typescript', '-f', 'env.yaml', '--check'])).code).toBe(2);
    writeFileSync(join(folder, 'env.yaml'), 'flags: {a: {type: date, variants: {}}}');
    expect((await flagsctl(words)).err).toContain('flag "a": type must be');
    writeFileSync(join(folder, 'env.yaml'), 'flagz: {}');
    expect((await flagsctl(words)).err).toContain('there are no "flagz"');
    close();
  });
});

it('manifests say type and default of each flag', () => {
  expect(manifestOf(flags).flags).toMatchObject({
    banner: { flagType: 'object', defaultValue: { text: '', tone: 'calm' } },
    colour: { flagType: 'string', defaultValue: '#f00' },
    limit: { flagType: 'float', defaultValue: 2.5 },
    'new-checkout': {
      flagType: 'boolean',
      defaultValue: false,
      description: expect.stringContaining('The checkout.') as string,
    },
    payments: { flagType: 'boolean', defaultValue: false },
  });
  expect(manifestOf([{ key: 'n', flag: flag('number', { a: 1, b: -2 }) }]).flags['n']?.flagType).toBe(
    'integer',
  );
});
