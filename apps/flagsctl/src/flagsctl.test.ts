// The command line against a real core: what people and scripts do, and what they get wrong.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes, type ExitName } from './exit-codes.ts';
import { startCore, type RunResult } from './testing/start-core.ts';

let core: Awaited<ReturnType<typeof startCore>>;
beforeAll(async () => void (core = await startCore()));
afterAll(() => core.close());

/** Runs the words of a line, split at blanks. */
const flagsctl = (line: string, stdin?: string): Promise<RunResult> => core.flagsctl(line.split(' '), stdin);
const done = async (line: string, stdin?: string): Promise<string> => {
  const { code, out, err } = await flagsctl(line, stdin);
  expect({ line, code, err: code === 0 ? '' : err }).toEqual({ line, code: 0, err: '' });
  return out;
};
const json = async <T>(line: string, stdin?: string): Promise<T> =>
  JSON.parse(await done(`${line} --json`, stdin)) as T;
const refused = async (line: string, exit: ExitName, stdin?: string): Promise<string> => {
  const { code, out, err } = await flagsctl(line, stdin);
  expect({ line, code, out, err }).toEqual({
    line,
    code: exitCodes[exit].code,
    out: '',
    err: expect.any(String),
  });
  return err;
};

describe('flags', () => {
  it('are made, changed, looked at and removed', async () => {
    await done(
      'flag set banner --type string --variant red=#f00 --variant one=1 --default red --off-variant one -m first',
    );
    await done(
      'flag set banner --default red=1,one=3 --target one=u-1 --tag ui --tag sale --owner web --client-visible',
    );
    expect(await json('flag get banner')).toMatchObject({
      revision: 2,
      document: {
        type: 'string',
        variants: { red: '#f00', one: '1' },
        default: {
          split: {
            weights: [
              { variant: 'red', weight: 1 },
              { variant: 'one', weight: 3 },
            ],
          },
        },
        targets: [{ variant: 'one', keys: ['u-1'] }],
        tags: ['ui', 'sale'],
        clientVisible: true,
      },
    });
    expect(await done('flag list --tag sale')).toMatch(/banner +string +on +0 +red 25 %, one 75 %/);
    expect(await done('flag list --tag other')).not.toContain('banner');
    expect(await done('flag history banner')).toMatch(/2 .*ada \(admin\) +flag banner\n1 .*first/);
    expect(await json('flag eval banner -t u-1')).toMatchObject({
      value: '1',
      variant: 'one',
      rule: 'target',
    });
    await done('flag set banner --untarget u-1 --remove-variant red --default one');
    expect(await json('flag get banner')).toMatchObject({
      document: { targets: [], variants: { one: '1' } },
    });
    await done('flag delete banner');
    await refused('flag get banner', 'notFound');
  });

  it('go to a file and back', async () => {
    await done('flag set round --value true --description text');
    const yaml = await done('flag get round');
    expect(await done('flag set round -f -', yaml)).toContain('nothing changed');
    await done('flag set copy -f - --create', yaml);
    await refused('flag set copy -f - --create', 'conflict', yaml);
  });

  it('are switched, killed and revived', async () => {
    await done('flag set switch --type boolean --default on');
    const value = async () => (await json<{ value: boolean; rule: string }>('flag eval switch')).rule;
    await done('flag toggle switch');
    expect(await value()).toBe('off');
    expect(await done('flag toggle switch --off')).toContain('nothing changed');
    await done('flag toggle switch --on');
    await done('flag kill switch -m alarm');
    expect(await value()).toBe('killed');
    expect(await done('flag list --killed')).toMatch(/switch +boolean +killed/);
    await done('flag revive switch');
    expect(await value()).toBe('default');
  });

  it('change only when asked to', async () => {
    await done('flag set dry --type boolean --dry-run');
    await refused('flag get dry', 'notFound');
    await done('flag set once --type boolean --idempotency-key k-1');
    expect(await done('flag set once --type boolean --create --idempotency-key k-1')).toContain(
      'had committed',
    );
  });

  it('tell what uses them and which of them can leave the code', async () => {
    await done('flag set base --type boolean --default on');
    await done(
      'flag set dependent -f -',
      '{type: boolean, enabled: true, variants: {on: true}, prerequisites: [{flag: base, variants: [on]}]}',
    );
    expect(await done('flag usages base')).toMatch(/flag +dependent +prerequisites\[0\]/);
    expect(await done('flag stale')).toBe('no flag is stale\n');
  });
});

describe('segments', () => {
  it('are made, list keys and are removed', async () => {
    await done('segment set staff -f -', 'when: {op: ends_with, attribute: email, values: ["@example.com"]}');
    await done('segment members add staff u-1 u-2');
    writeFileSync(join(core.folder, 'keys'), 'u-3\r\n\nu-4\n');
    await done('segment members exclude staff u-2 --file keys');
    await done('segment members remove staff u-4');
    expect(await done('segment members list staff')).toBe('+ u-1\n- u-2\n- u-3\n');
    expect(await done('segment list')).toMatch(/staff +1 +2/);
    await refused('segment members add nowhere u-1', 'notFound');
    await refused('segment members add staff', 'usage');
    await done('segment delete staff');
  });
});

describe('lists', () => {
  it('are made, changed, asked and removed', async () => {
    writeFileSync(
      join(core.folder, 'members'),
      Array.from({ length: 25_000 }, (_, index) => `u-${index}`).join('\n'),
    );
    await done('list add payers --file members -m import');
    expect(await done('list list')).toMatch(/payers +25000 +/);
    await done('list remove payers u-1');
    const { code, out } = await flagsctl('list check payers u-0 u-1 u-24999');
    expect({ code, out }).toEqual({ code: exitCodes.different.code, out: 'u-0\nu-24999\n' });
    await done('list replace payers u-1');
    await done('list check payers u-1');
    await refused('list add payers u-2 --expect 1', 'conflict');
    await done('list delete payers');
    await refused('list check payers u-1', 'notFound');
  });
});

describe('environments', () => {
  it('are compared, exported, imported and reverted', async () => {
    await done('env create shop/staging --name Staging --origin https://shop.example');
    expect(await done('env list')).toMatch(/shop\/staging +Staging +0 +\S+ +https:\/\/shop.example/);
    await done('-e shop/staging flag set a --type boolean');
    await done('-e shop/staging flag set b --type boolean');
    const exported = await done('env export -e shop/staging');
    await done('env create shop/copy');
    expect(await refusedWithOutput('env diff -e shop/copy --against shop/staging --exit-code')).toBe(
      '+ flag a\n+ flag b\n',
    );
    await done('env import -e shop/copy -f -', exported);
    expect(await done('env diff -e shop/copy --against shop/staging --exit-code')).toBe('nothing differs\n');
    await done('env import -e shop/copy -f - --prune -m prune', exported.replace(/ {2}b:[^]*/, ''));
    expect(await done('env diff -e shop/copy')).toContain('- flag b');
    await done('env revert 1 -e shop/copy');
    expect(await done('env diff -e shop/copy 1 --exit-code')).toBe('nothing differs\n');
    expect(await done('env show 2 -e shop/copy')).toMatch(/prune\n- flag b/);
    expect(await done('env history -e shop/copy -n 1')).toMatch(/^REVISION.*\n3 .*\n$/);
    await done('env update -e shop/copy --no-origins');
  });

  const refusedWithOutput = async (line: string): Promise<string> => {
    const { code, out } = await flagsctl(line);
    expect(code).toBe(exitCodes.different.code);
    return out;
  };
});

describe('keys and profiles', () => {
  it('are made, listed and ended; the secret stands alone on stdout', async () => {
    const made = await flagsctl('key create server --name backend');
    expect(made.out).toMatch(/^flags_s_\w+\n$/);
    const id = made.out.split('_')[2]!;
    expect(await done('key list')).toMatch(new RegExp(`${id} +server +backend +shop/production .* good`));
    await done(`key revoke ${id}`);
    expect(await done('key list')).toMatch(/revoked/);
    expect(await done('key list --all')).toContain('principal');
    await refused('key create principal', 'usage');
    await refused('key create other', 'usage');
  });

  it('name who asks, from a profile too, and never show the key', async () => {
    expect(await done('whoami')).toMatch(/principal admin .*\n {2}admin in \*/);
    await done(`profile set local --url ${core.env['FLAGSCTL_URL']} --env shop/production`);
    expect(await done('profile list')).toMatch(/\* local .*p_admin/);
    expect(await done('profile list --json')).not.toContain(core.env['FLAGSCTL_KEY']);
    const { FLAGSCTL_URL, FLAGSCTL_KEY, FLAGSCTL_ENV } = core.env;
    Object.assign(core.env, { FLAGSCTL_URL: undefined, FLAGSCTL_KEY: undefined, FLAGSCTL_ENV: undefined });
    await done('whoami');
    await done('flag list --profile local');
    await done('profile remove local');
    expect(await refused('whoami', 'usage')).toContain('FLAGSCTL_KEY');
    Object.assign(core.env, { FLAGSCTL_URL, FLAGSCTL_KEY, FLAGSCTL_ENV });
  });
});

describe('configs', () => {
  it('are made, validated, changed, looked at, evaluated and removed', async () => {
    const yaml = [
      'schema:',
      '  discount: {type: object, members: {max: {type: number, default: 10, max: 50}}}',
      '  wait: {type: duration, default: PT1S}',
      'rules:',
      '  - {id: vip, when: {op: equals, attribute: tier, value: vip}, patch: {discount: {max: 40}}}',
    ].join('\n');
    expect(await done('config validate pricing -f -', yaml)).toContain('valid');
    await refused('config get pricing', 'notFound');
    await done('config set pricing -f - --create -m first', yaml);
    await done('config set pricing discount.max=20 wait=PT2S');
    expect(await json('config get pricing')).toMatchObject({
      revision: expect.any(Number) as number,
      document: { values: { discount: { max: 20 }, wait: 'PT2S' } },
    });
    expect(await done('config get pricing discount.max')).toBe('20\n');
    expect(await done('config eval pricing discount.max -t u-1 -a tier=vip')).toMatch(/^40\n.*rule:vip/);
    await refused('config set pricing discount.max=60', 'invalid');
    await refused('config validate pricing -f -', 'invalid', yaml.replace('default: 10', 'default: 70'));
    await done('config set pricing wait=');
    expect(await done('config list')).toMatch(/pricing +- +2 +1/);
    await done('config delete pricing');
    await refused('config eval pricing', 'notFound');
  });
});

describe('what is wrong', () => {
  it('is told with an exit code of its own', async () => {
    await done('flag set there --type boolean');
    await refused('flag get nowhere', 'notFound');
    await refused('flag toggle nowhere', 'notFound');
    await refused('flag kill nowhere', 'notFound');
    await refused('flag eval nowhere', 'notFound');
    await refused('flag delete nowhere', 'notFound');
    await refused('flag list -e shop/nowhere', 'notFound');
    expect(await refused('flag set there --create --type boolean', 'conflict')).toContain('"there" exists');
    expect(await refused('flag set there --expect 1 --enabled', 'conflict')).toMatch(
      /flag "there" is at revision \d+ now/,
    );
    await refused('whoami --key flags_p_x_y', 'denied');
    await refused('whoami --url http://127.0.0.1:1 --timeout 0.5', 'unavailable');
    for (const line of [
      'flag set new',
      'flag set new --enabled',
      'flag set new --type date',
      'flag set there --enabled --disabled',
      'flag set there --type string',
      'flag set there --default on=x',
      'flag set there --variant novalue',
      'flag toggle there --on --off',
      'flag get',
      'flag fly',
      'flag list --url nowhere',
      'env diff x',
      'env create shop',
      'env revert 1 --kind flag',
      'completion tcsh',
      'flag eval there -c [1]',
    ]) {
      await refused(line, 'usage');
    }
  });

  it('is told of documents with the path of every field', async () => {
    const document = `
type: boolean
enabled: true
variants: {on: true}
rules:
  - {id: a, when: {op: near, attribute: x}, serve: {variant: on}}
  - {id: b, when: {op: segment, key: nowhere}, serve: {variant: maybe}}`;
    const err = await refused('flag set bad -f -', 'invalid', document);
    expect(err).toMatch(/flag "bad" rules\[0\]\.when\.op: .*\(unknown_operator\)/);
    expect(err).toMatch(/flag "bad" rules\[1\]\.serve\.variant: .*\(unknown_variant\)/);
    const { violations } = (
      JSON.parse(await refused('flag set bad -f - --json', 'invalid', document)) as {
        error: { violations: unknown };
      }
    ).error;
    expect(violations).toContainEqual(
      expect.objectContaining({
        kind: 'flag',
        key: 'bad',
        path: 'rules[0].when.op',
        rule: 'unknown_operator',
      }),
    );
  });

  it('cannot colour or move what is printed', async () => {
    await core.flagsctl(['flag', 'set', 'loud', '--type', 'boolean', '--description', '\u001b[31mred\u202e']);
    expect(await done('flag list --contains loud')).toContain('\\u001b[31mred\\u202e');
  });
});

it('completes every command in every shell', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const script = await done(`completion ${shell}`);
    for (const word of ['segment members exclude', '--against', 'codegen', '--key-file'])
      expect(script).toContain(word);
  }
});

it('shows its version and its help', async () => {
  expect(await done('--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(await done('flag set --help')).toContain('--off-variant');
});
