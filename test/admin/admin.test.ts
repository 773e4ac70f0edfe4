// The admin client against a real core: what builders make passes its commit, what it refuses arrives as typed errors,
// and what is repeated is done once.
import {
  all,
  any,
  attribute,
  AlreadyExistsError,
  booleanFlag,
  ConflictError,
  createAdminClient,
  editFlag,
  inSegment,
  InvalidError,
  killSwitch,
  not,
  NotFoundError,
  numberFlag,
  objectFlag,
  percentage,
  percentageFlag,
  PermissionError,
  recurringSchedule,
  remove,
  schedule,
  segment,
  split,
  stringFlag,
  UnavailableError,
  type AdminClient,
  type EnvironmentClient,
} from '@org/flags-admin';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminKey, startCore, type CoreProcess } from '@org/tools/cluster/core-process';

let core: CoreProcess;
let admin: AdminClient;
let production: EnvironmentClient;

beforeAll(async () => {
  core = await startCore();
  admin = createAdminClient({ url: core.httpUrl, key: adminKey });
  await admin.createProject({ key: 'shop', name: 'Shop' });
  await admin.createEnvironment({ project: 'shop', key: 'production', name: 'Production' });
  production = admin.environment('shop/production', { author: 'ada' });
});
afterAll(() => core.close());

const failed = <T extends Error>(
  promise: Promise<unknown>,
  type: abstract new (...args: never[]) => T,
): Promise<T> =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(type);
      return error as T;
    },
  );

/** One condition for each operator, and each negation. */
const everyCondition = () => {
  const text = attribute('text');
  const number = attribute(['deep', 'number'], { kind: 'device' });
  const version = attribute('version');
  const list = attribute('list', { ignoreCase: true });
  return all(
    any(text.equals('a'), number.equals(1), text.equals(null), attribute('flag').equals(true)),
    any(text.isIn('a', 1, true), attribute('secret', { sensitive: true }).isIn('x')),
    any(number.greater(1), number.greaterOrEqual(1), number.less(1), number.lessOrEqual(1)),
    any(number.between(1, 2), number.not.between(1, 2), number.modulo(7, 3), number.not.modulo(7, 3)),
    any(text.contains('a', 'b'), text.startsWith('a'), text.endsWith('a'), text.matches('^[a-z]+$')),
    any(text.not.contains('a'), text.not.startsWith('a'), text.not.endsWith('a'), text.not.matches('x')),
    any(text.before('2027-01-01T00:00:00Z'), text.after({ ago: 'P30D' }), text.before({ ahead: 'PT1H' })),
    any(version.semverEquals('1.2.3'), version.semverGreater('1.0.0'), version.semverGreaterOrEqual('1.0.0')),
    any(
      version.semverLess('1.0.0'),
      version.semverLessOrEqual('1.0.0'),
      version.semverInRange('^1.2 || >=3.0.0'),
    ),
    any(version.not.semverEquals('1.2.3'), version.not.semverInRange('~1.2')),
    any(attribute('ip').ipInRange('10.0.0.0/8', '::1'), attribute('ip').not.ipInRange('10.0.0.1')),
    any(
      list.containsAny('a', 'b'),
      list.containsAll('a', 'b'),
      list.not.containsAny('a'),
      list.not.containsAll('a'),
    ),
    any(text.exists(), text.not.exists(), not(inSegment('staff')), text.not.equals('a'), text.not.isIn('a')),
    attribute('targetingKey').inPercentage(12.5, 'salt'),
  );
};

describe('builders', () => {
  it('make documents that the core commits, with every part of the model', async () => {
    const members = Array.from({ length: 12_000 }, (_, index) => `member-${index}`);
    await production.changeList('payers', 'add', members, { reason: 'in two parts' });
    expect(await production.checkMembers('payers', ['member-11999', 'u-1'])).toEqual(['member-11999']);
    const staff = segment('staff')
      .when(any(attribute('email').endsWith('@example.com'), everyConditionButSegments()))
      .include('u-1')
      .exclude('u-2')
      .ofKind('user')
      .describe('People who work here')
      .owner('hr')
      .tags('people')
      .clientVisible();
    const paying = segment('paying').includeLists('payers').excludeLists('payers');
    const flags = [
      booleanFlag('payments-open').otherwise('on'),
      booleanFlag('new-checkout')
        .describe('The checkout')
        .owner('payments')
        .tags('checkout')
        .metadata({ ticket: 'PAY-1' })
        .permanent()
        .requires('payments-open', 'on')
        .target('on', ['u-1', 'u-2'])
        .target('off', ['d-1'], 'device')
        .rule('everything', everyCondition(), 'on', { description: 'All operators' })
        .rule('some', all(), percentage(12.345, 'on', 'off', { by: 'account', salt: 'other' }), {
          before: 'everything',
        })
        .otherwise('off'),
      percentageFlag('a-share', 0.001).clientVisible(),
      killSwitch('payments').describe('Everything that costs money'),
      stringFlag('colour', { red: '#f00', blue: '#00f' })
        .off('red')
        .otherwise(split({ red: 1, blue: 2 })),
      numberFlag('limit', { low: 1, high: 1.5 }).schema({ type: 'number', minimum: 1 }).otherwise('low'),
      objectFlag('banner', { a: { text: 'Sale', list: [1, null] } })
        .otherwise('a')
        .enabled(false),
      booleanFlag('remote')
        .clientVisible(true, { remoteEvaluation: true })
        .rule('r', inSegment('staff'), 'on'),
    ];
    const plans = [
      schedule('launch', '2100-01-01T09:00:00+01:00')
        .change(booleanFlag('launched'), remove('flag', 'limit'))
        .reason('r'),
      recurringSchedule('night', { cron: '0 22 * * *', timeZone: 'Europe/Vienna' })
        .change(killSwitch('payments'))
        .paused(),
    ];
    const { revision, diffs } = await production.commit([staff, paying, ...flags, ...plans], {
      reason: 'all of it',
    });
    expect(revision).toMatchObject({ revision: 2, author: 'ada', reason: 'all of it', changedCount: 12 });
    expect(diffs).toHaveLength(12);
    for (const { kind, key, document } of [staff, paying, ...flags]) {
      expect((await production.get(kind, key)).document).toEqual(document);
    }
    expect(await production.evaluate('new-checkout', { targetingKey: 'u-1' })).toMatchObject({
      value: true,
      rule: 'target',
    });
    expect((await production.usages('segment', 'staff')).usages.map(({ key }) => key).sort()).toEqual([
      'new-checkout',
      'remote',
    ]);
    expect((await production.schedules().all()).map(({ state }) => state)).toEqual(['waiting', 'paused']);
    expect(await production.lifecycle({ staleOnly: true }).all()).toEqual([]);
    expect((await production.lifecycle().all()).length).toBe(flags.length);
  });

  const everyConditionButSegments = () =>
    JSON.parse(
      JSON.stringify(everyCondition()).replace('{"op":"segment","key":"staff"}', '{"op":"or","of":[]}'),
    ) as ReturnType<typeof everyCondition>;
});

describe('errors', () => {
  it('name every finding with its document and path', async () => {
    const bad = [
      booleanFlag('bad').rule('a', attribute('x').test('near'), 'on').requires('bad', 'on'),
      stringFlag('worse', { a: 'a' }).rule('a', attribute('x').matches('(a+)+$'), 'a'),
    ];
    const { violations, message } = await failed(production.commit(bad), InvalidError);
    expect(message).toContain('INVALID_DOCUMENT');
    const found = violations.map(({ key, path, rule }) => [key, path, rule]);
    expect(found).toContainEqual(['bad', 'rules[0].when.op', 'unknown_operator']);
    expect(found.filter(([key]) => key === 'worse')).toHaveLength(1);
    expect(await production.find('flag', 'bad')).toBeUndefined();
  });

  it('tell what is there, what is not, and who was faster', async () => {
    await production.create(booleanFlag('mine'));
    await failed(production.create(booleanFlag('mine')), AlreadyExistsError);
    await failed(production.get('flag', 'nowhere'), NotFoundError);
    await failed(admin.environment('shop/nowhere').find('flag', 'mine'), NotFoundError);
    await failed(production.kill('nowhere'), NotFoundError);
    await failed(admin.createProject({ key: 'shop' }), AlreadyExistsError);
    const stored = await production.get('flag', 'mine');
    await production.commit(editFlag(stored).otherwise('on'));
    const { currentRevision } = await failed(
      production.commit(editFlag(stored).enabled(false)),
      ConflictError,
    );
    expect(currentRevision).toBe(stored.revision + 1);
    const same = { idempotencyKey: 'once' };
    await production.commit(booleanFlag('mine').describe('a'), same);
    const reused = await failed(
      production.commit(booleanFlag('mine').describe('b'), same),
      AlreadyExistsError,
    );
    expect(reused.reason).toBe('IDEMPOTENCY_KEY_REUSED');
    expect((await production.commit(booleanFlag('mine').describe('a'), same)).replayed).toBe(true);
  });

  it('tell who may not', async () => {
    const roles = [{ scope: 'shop/production', role: 'viewer' as const }];
    const { id } = await admin.createPrincipal({ name: 'Someone', kind: 'person', roles });
    const { secret } = await admin.createPrincipalKey(id, { name: 'test' });
    const viewer = createAdminClient({ url: core.httpUrl, key: secret });
    expect((await viewer.whoAmI()).principal).toMatchObject({ name: 'Someone', roles });
    const there = viewer.environment('shop/production');
    await there.list('flag').all(1);
    expect((await failed(there.commit(booleanFlag('x')), PermissionError)).reason).toBe('PERMISSION_DENIED');
    const unknown = createAdminClient({ url: core.httpUrl, key: 'flags_p_x_y' });
    expect((await failed(unknown.whoAmI(), PermissionError)).reason).toBe('UNAUTHENTICATED');
  });
});

describe('many at once', () => {
  it('lists come page by page, whole and in order', async () => {
    const keys = Array.from({ length: 25 }, (_, index) => `many-${String(index).padStart(2, '0')}`);
    await production.commit(keys.map((key) => booleanFlag(key).owner('many')));
    const found = await production.list('flag', { owner: 'many', pageSize: 10 }).all();
    expect(found.map(({ key }) => key)).toEqual(keys);
    const sizes: number[] = [];
    for await (const { items } of production.list('flag', { keyContains: 'MANY-', pageSize: 10 }).pages())
      sizes.push(items.length);
    expect(sizes).toEqual([10, 10, 5]);
    const history = await production.history({ kind: 'flag', key: 'many-00', pageSize: 1 }).all();
    expect(history).toHaveLength(1);
  });

  it('updates of one document by many lose none', async () => {
    await production.create(numberFlag('counter', { n: 0 }));
    const add = () =>
      production.update('flag', 'counter', ({ document }) => ({
        ...document,
        variants: { n: Number(document.variants['n']) + 1 },
      }));
    await Promise.all(Array.from({ length: 4 }, add));
    expect((await production.get('flag', 'counter')).document.variants).toEqual({ n: 4 });
  });

  it('a commit over a core that dies and comes back is made once', async () => {
    const before = (await production.history({ pageSize: 1 }).all(1))[0]!.revision;
    core.pause();
    const impatient = createAdminClient({
      url: core.httpUrl,
      key: adminKey,
      timeoutMs: 1_500,
      attemptsMax: 20,
    });
    const committing = impatient
      .environment('shop/production')
      .commit(booleanFlag('survivor'), { reason: 'once' });
    await core.restart();
    expect((await committing).revision).toMatchObject({ revision: before + 1, reason: 'once' });
    expect((await production.history({ kind: 'flag', key: 'survivor' }).all()).length).toBe(1);
    await core.stop();
    const gone = createAdminClient({ url: core.httpUrl, key: adminKey, attemptsMax: 2 });
    await failed(gone.whoAmI(), UnavailableError);
  });
});
