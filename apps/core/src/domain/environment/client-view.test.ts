import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEvaluator } from '@org/evaluator';
import type { EnvironmentReplica } from '../../application.ts';
import {
  booleanFlag,
  commitOf,
  put,
  remove,
  startInstallation,
  valueOf,
  type TestInstallation,
} from '../testing/test-application.ts';
import { clientDocument } from './client-document.ts';
import { saltedHash } from './client-view.ts';

const derive = (kind: string, document: object): unknown =>
  clientDocument(kind, document as never, 'salt', (literal) => `#${literal}`);

describe("a document's form for browsers", () => {
  it('has no notes', () => {
    const notes = { description: 'd', owner: 'o', tags: ['t'], metadata: { m: 1 } };
    const rule = { id: 'r', when: { op: 'exists', attribute: 'a' }, serve: { variant: 'on' } };
    expect(derive('flag', { type: 'boolean', ...notes, rules: [{ ...rule, description: 'why' }] })).toEqual({
      type: 'boolean',
      rules: [rule],
    });
    expect(derive('segment', { ...notes, when: { op: 'and', of: [] } })).toEqual({
      when: { op: 'and', of: [] },
    });
    expect(derive('overlay', { description: 'd', layer: 'l' })).toEqual({ layer: 'l' });
  });

  it('has salted hashes in place of targeting keys', () => {
    expect(derive('flag', { targets: [{ variant: 'on', keys: ['b', 'a'] }] })).toEqual({
      targets: [{ variant: 'on', keys: ['#a', '#b'], hashed: 'salt' }],
    });
    expect(derive('segment', { included: ['z', 'y'], excluded: [] })).toEqual({
      included: ['#y', '#z'],
      excluded: [],
      hashed: 'salt',
    });
  });

  it.each([
    [
      { op: 'equals', attribute: 'targetingKey', value: 'u' },
      { op: 'in', attribute: 'targetingKey', values: ['#u'], hashed: 'salt' },
    ],
    [
      { op: 'in', attribute: ['targetingKey'], values: ['v', 'u'] },
      { op: 'in', attribute: ['targetingKey'], values: ['#u', '#v'], hashed: 'salt' },
    ],
    [
      { op: 'in', attribute: 'email', values: ['e'], sensitive: true, kind: 'person' },
      { op: 'in', attribute: 'email', values: ['#e'], kind: 'person', hashed: 'salt' },
    ],
    [
      { op: 'equals', attribute: 'a', value: true, sensitive: true },
      { op: 'equals', attribute: 'a', value: true },
    ],
    [
      { op: 'in', attribute: 'a', values: [true, 'x', 5], sensitive: true },
      { op: 'in', attribute: 'a', values: ['#x', true], hashed: 'salt' },
    ],
    [
      { op: 'equals', attribute: 'targetingKey', value: 5 },
      { op: 'or', of: [] },
    ],
    [
      { op: 'not_equals', attribute: 'email', value: 'E', sensitive: true, ignoreCase: true },
      { op: 'not_in', attribute: 'email', values: ['#e'], ignoreCase: true, hashed: 'salt' },
    ],
    [
      { op: 'not_in', attribute: 'email', values: ['E'], sensitive: true },
      { op: 'not_in', attribute: 'email', values: ['#E'], hashed: 'salt' },
    ],
    [
      { op: 'not_equals', attribute: 'targetingKey', value: 5, ignoreCase: true },
      { op: 'exists', attribute: 'targetingKey' },
    ],
    [
      { op: 'equals', attribute: 'country', value: 'DE' },
      { op: 'equals', attribute: 'country', value: 'DE' },
    ],
    [
      { op: 'starts_with', attribute: 'targetingKey', values: ['a'] },
      { op: 'starts_with', attribute: 'targetingKey', values: ['a'] },
    ],
  ])('turns the test %j', (test, expected) => {
    const when = (inner: object): object => ({
      op: 'and',
      of: [
        { op: 'not', of: inner },
        { op: 'segment', key: 's' },
      ],
    });
    expect(derive('segment', { when: when(test) })).toEqual({ when: when(expected) });
    expect(derive('overlay', { eligibility: when(test) })).toEqual({ eligibility: when(expected) });
  });

  it('is only type and mark of a flag that the server evaluates', () => {
    const flag = { ...booleanFlag(), clientVisible: true, remoteEvaluation: true };
    expect(derive('flag', flag)).toEqual({ type: 'boolean', remoteEvaluation: true });
  });

  it('hashes as the specification says', () => {
    const expected = createHash('sha256').update('env:größe').digest('hex').slice(0, 16);
    expect(saltedHash('env', 'größe')).toBe(expected);
  });
});

describe('the view of browsers', () => {
  let core: TestInstallation;
  let replica: EnvironmentReplica;
  beforeAll(async () => {
    core = await startInstallation();
    replica = core.application.environments.replica(core.environmentId)!;
  });
  afterAll(() => core.close());

  const commit = async (...changes: Parameters<typeof commitOf>[0]) =>
    valueOf(await core.application.admin.commit(core.grant, commitOf(changes)));
  const visible = () =>
    replica
      .snapshot('client')
      .message.documents.map(({ kind, key }) => `${kind}/${key}`)
      .toSorted();
  const segment = (more: object = {}) => ({
    clientVisible: true,
    when: { op: 'equals', attribute: 'plan', value: 'gold' },
    ...more,
  });
  const using = (key: string, more: object = {}) =>
    booleanFlag({
      clientVisible: true,
      rules: [{ id: 'r', when: { op: 'segment', key }, serve: { variant: 'off' } }],
      ...more,
    });

  it('holds visible flags and what they use, and follows every change of that', async () => {
    await commit(
      put('segment', 'inner', segment()),
      put('segment', 'outer', segment({ when: { op: 'segment', key: 'inner' } })),
      put('segment', 'unused', segment()),
    );
    await commit(put('flag', 'server', booleanFlag()), put('flag', 'browser', using('outer')));
    expect(visible()).toEqual(['flag/browser', 'segment/inner', 'segment/outer']);
    const shadow = {
      target: { kind: 'flag', key: 'browser' },
      patch: { serve: { variant: 'off' } },
      mode: 'live',
      ranges: [{ from: 0, to: 10 }],
      eligibility: { op: 'segment', key: 'unused' },
    };
    await commit(put('overlay', 'o', shadow));
    expect(visible()).toEqual([
      'flag/browser',
      'overlay/o',
      'segment/inner',
      'segment/outer',
      'segment/unused',
    ]);
    await commit(put('flag', 'browser', using('unused')));
    expect(visible()).toEqual(['flag/browser', 'overlay/o', 'segment/unused']);
    await commit(put('flag', 'browser', using('unused', { remoteEvaluation: true })));
    expect(visible()).toEqual(['flag/browser']);
    await commit(put('flag', 'browser', using('unused', { clientVisible: false })));
    expect(visible()).toEqual([]);
    await commit(put('flag', 'browser', using('outer')));
    await commit(remove('overlay', 'o'));
    expect(visible()).toEqual(['flag/browser', 'segment/inner', 'segment/outer']);
  });

  it('answers as the server does, without the literal ids', async () => {
    const secret = 'customer-4711';
    const rules = [
      {
        id: 'r',
        when: { op: 'equals', attribute: 'targetingKey', value: secret },
        serve: { variant: 'off' },
      },
    ];
    await commit(
      put('segment', 'vip', segment({ included: [`${secret}-vip`] })),
      put('flag', 'rule', booleanFlag({ clientVisible: true, rules })),
      put(
        'flag',
        'target',
        booleanFlag({ clientVisible: true, targets: [{ variant: 'off', keys: [secret] }] }),
      ),
      put('flag', 'vip', using('vip')),
    );
    const { message, watchLine, watchBytes } = replica.snapshot('client');
    expect(watchLine.toString() + watchBytes.toString('latin1')).not.toContain(secret);
    const browser = createEvaluator({ digest: saltedHash });
    browser.load(
      message.documents.map((each) => ({ ...each, document: JSON.parse(each.json) as unknown })),
      message.revision,
    );
    for (const key of ['rule', 'target', 'vip']) {
      for (const targetingKey of [secret, `${secret}-vip`, 'somebody']) {
        const server = replica.evaluator.evaluate(key, { targetingKey });
        expect(browser.evaluate(key, { targetingKey }), `${key} ${targetingKey}`).toMatchObject({
          value: server.value,
          reason: server.reason,
          rule: server.rule,
        });
      }
    }
    expect(browser.evaluate('rule', { targetingKey: secret }).value).toBe(false);
    expect(browser.evaluate('vip', { targetingKey: `${secret}-vip` }).value).toBe(false);
  });
});
