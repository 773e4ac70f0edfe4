// Code references: what is found in a checkout, what is not looked at, and what is reported as unknown or unused.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openShell, type TestShell } from '../testing/start-core.ts';
import type { References } from './find-references.ts';
import { scanText } from './scan-text.ts';

const scan = (text: string, keys: string[], accessors: Record<string, string> = {}) =>
  scanText(text, { keys: new Set(keys), accessors: new Map(Object.entries(accessors)) });

describe('a text', () => {
  it.each([
    [`client.boolean('new-checkout', false)`, 1],
    [`client.boolean("new-checkout", false)`, 1],
    ['client.boolean(`new-checkout`, false)', 1],
    [`// don't forget 'new-checkout' in Peter's code`, 1],
    [`['new-checkout','new-checkout']`, 2],
    [`"new-checkout-2"`, 0],
    ['new-checkout', 0],
    [`'other' + 'new-' + 'checkout'`, 0],
  ])('%s mentions the key %i times', (text, count) => {
    expect(scan(text, ['new-checkout']).found).toHaveLength(count);
  });

  it('mentions accessors of a generated module', () => {
    const { found } = scan('flags.newCheckout.get(context); other.newCheckouts', [], {
      newCheckout: 'new-checkout',
    });
    expect(found).toMatchObject([{ key: 'new-checkout', by: 'accessor', line: 1, column: 7 }]);
  });

  it.each([
    `client.boolean('gone', false)`,
    `await client.getBooleanValue("gone", false)`,
    `client.get_boolean_value("gone", False)`,
    `client.BooleanValue(ctx, "gone", false, evalCtx)`,
    `client.BooleanValue(context.Background(), "gone", false, evalCtx)`,
    `await client.GetBooleanValueAsync("gone", false)`,
    `client.getStringDetails( 'gone' , 'x')`,
    `useBooleanFlagValue('gone', false)`,
  ])('%s asks for an unknown key', (text) => {
    expect(scan(text, ['there']).unknown).toMatchObject([{ key: 'gone', line: 1 }]);
  });

  it.each([`z.string('a message')`, `client.boolean('there', false)`, `client.boolean(key, false)`])(
    '%s does not',
    (text) => {
      expect(scan(text, ['there']).unknown).toEqual([]);
    },
  );

  it('with a line of a megabyte takes no time', () => {
    expect(scan(`${"'".repeat(1_000_000)}\n'there'`, ['there']).found).toMatchObject([{ line: 2 }]);
  });
});

describe('a checkout', () => {
  let shell: TestShell;
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(shell.folder, path)), { recursive: true });
    writeFileSync(join(shell.folder, path), text);
  };
  const refs = async (...words: string[]) => {
    const { code, out, err } = await shell.flagsctl(['refs', 'code', '-f', 'env.yaml', '--json', ...words]);
    return { code, err, found: JSON.parse(out) as References };
  };
  const flag = '{type: boolean, enabled: true, variants: {on: true}}';

  beforeEach(() => {
    shell = openShell();
    write('env.yaml', `flags:\n  used: ${flag}\n  by-accessor: ${flag}\n  dead: ${flag}\n`);
  });
  afterEach(() => shell.close());

  it('lists references, flags that nothing mentions, and unknown keys', async () => {
    write('code/src/a.ts', `const a = 1;\nconst used = client.boolean('used', false);\n`);
    write('code/main.py', `client.get_boolean_value("gone", False)\n`);
    const { code, found } = await refs('--check');
    expect(code).toBe(8);
    expect(found).toEqual({
      references: [
        {
          file: 'src/a.ts',
          key: 'used',
          by: 'literal',
          line: 2,
          column: 30,
          text: `const used = client.boolean('used', false);`,
        },
      ],
      unreferenced: ['by-accessor', 'dead'],
      unknown: [
        { file: 'main.py', key: 'gone', line: 1, column: 8, text: 'client.get_boolean_value("gone", False)' },
      ],
      filesScanned: 2,
    });
    expect((await shell.flagsctl(['refs', 'code', '-f', 'env.yaml'])).out).toContain(
      'used\n  src/a.ts:2: const used',
    );
  });

  it('counts accessors of a generated module, and not the module itself', async () => {
    await shell.flagsctl(['codegen', 'typescript', '-f', 'env.yaml', '-o', 'code/z/flags.ts']);
    write('code/a.ts', 'if (flags.byAccessor.get(context)) used();\n');
    const { found } = await refs();
    expect(found.references).toMatchObject([{ file: 'a.ts', key: 'by-accessor', by: 'accessor' }]);
    expect(found.unreferenced).toEqual(['dead', 'used']);
  });

  it('leaves out what Git ignores, links, and files that nobody wrote', async () => {
    write('code/.gitignore', 'build/\n*.log\n!keep.log\n');
    write('code/sub/.gitignore', '/only-here\n');
    for (const path of [
      'build/a.ts',
      'x.log',
      'node_modules/p/a.ts',
      '.git/config',
      'sub/only-here',
      'sub/build/b',
    ])
      write(`code/${path}`, `'used'`);
    write('code/binary', `'used'\0`);
    write('code/large', `'used'${' '.repeat(1024 * 1024)}`);
    for (const path of ['keep.log', 'only-here', 'sub/deeper/only-here']) write(`code/${path}`, `'used'`);
    write('outside', `'used'`);
    symlinkSync(join(shell.folder, 'outside'), join(shell.folder, 'code/link'));
    symlinkSync(join(shell.folder, 'code'), join(shell.folder, 'code/loop'));
    const { found } = await refs();
    expect(found.references.map(({ file }) => file)).toEqual([
      'keep.log',
      'only-here',
      'sub/deeper/only-here',
    ]);
  });

  it('must be a folder', async () => {
    expect((await shell.flagsctl(['refs', 'nowhere', '-f', 'env.yaml'])).code).toBe(2);
    expect((await shell.flagsctl(['refs', 'env.yaml', '-f', 'env.yaml'])).code).toBe(2);
  });
});
