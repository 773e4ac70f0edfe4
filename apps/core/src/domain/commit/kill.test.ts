// Kills: what flips them, what must not, and that they work when nothing else does.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RevertRequest } from '@org/contract/gen/flags/v1/admin_service';
import type { Change } from '@org/contract/gen/flags/v1/document';
import { RecordRequest } from '@org/contract/gen/flags/v1/event_service';
import type { EnvironmentGrant, EnvironmentReplica } from '../../application.ts';
import { openDatabases } from '../../store/open-driver.ts';
import { dialects } from '../testing/test-database.ts';
import {
  booleanFlag,
  commitOf,
  faultOf,
  grantOf,
  put,
  remove,
  startInstallation,
  valueOf,
  type TestInstallation,
} from '../testing/test-application.ts';

const texts = { environment: '', author: '', reason: '', idempotencyKey: '' };
const killSwitch = {
  type: 'kill_switch',
  enabled: true,
  variants: { on: true, off: false },
  offVariant: 'off',
  default: { variant: 'on' },
};

describe.each(dialects)('kills on %s', (dialect) => {
  let core: TestInstallation;
  let environments = 0;

  beforeAll(async () => {
    core = await startInstallation(dialect);
  });
  afterAll(() => core.close());

  async function newEnvironment(): Promise<Environment> {
    const { access, environments: all } = core.application;
    const environment = { project: 'shop', key: `e${++environments}`, name: '', allowedOrigins: [] };
    const { id } = valueOf(await access.createEnvironment(core.admin, environment));
    return createEnvironment(core, grantOf(core.admin, id), all.replica(id) as EnvironmentReplica);
  }

  it('leave a flag killed when it is edited from an older copy, and refuse what says otherwise', async () => {
    const { commit, kill, answer } = await newEnvironment();
    valueOf(await commit(put('flag', 'a', booleanFlag())));
    valueOf(await kill('a'));
    valueOf(await commit(put('flag', 'a', booleanFlag({ description: 'edited' }))));
    expect(answer('a')).toMatchObject({ value: false, rule: 'killed' });
    valueOf(await commit(put('flag', 'a', booleanFlag({ description: 'read', killed: true }))));
    const revived = faultOf(await commit(put('flag', 'a', booleanFlag({ killed: false }))));
    expect(revived.violations).toMatchObject([{ field: 'changes[0].document.killed', rule: 'server_state' }]);
    valueOf(await kill('a', true));
    expect(answer('a')).toMatchObject({ value: true });
    expect(faultOf(await commit(put('flag', 'a', booleanFlag({ killed: true })))).code).toBe(
      'INVALID_DOCUMENT',
    );
  });

  it('outlive a revert of the environment, unless it is asked for them', async () => {
    const { commit, kill, revert, answer } = await newEnvironment();
    valueOf(await commit(put('flag', 'a', booleanFlag()), put('flag', 'b', booleanFlag())));
    valueOf(await commit(put('flag', 'b', booleanFlag({ description: 'second' }))));
    valueOf(await kill('a'));
    const { revision } = valueOf(await revert(1));
    expect(revision?.changed).toEqual([{ kind: 'flag', key: 'b' }]);
    expect(answer('a')).toMatchObject({ rule: 'killed' });
    valueOf(await revert(1, { kind: 'flag', key: 'a' }));
    expect(answer('a')).toMatchObject({ rule: 'killed' });
    valueOf(await revert(1, { kills: true }));
    expect(answer('a')).toMatchObject({ value: true, rule: 'default' });
  });

  it('are kept alive by a revert to a time when the flag was killed', async () => {
    const { commit, kill, revert, answer } = await newEnvironment();
    valueOf(await commit(put('flag', 'a', booleanFlag())));
    valueOf(await kill('a'));
    valueOf(await kill('a', true));
    valueOf(await commit(put('flag', 'a', booleanFlag({ description: 'later' }))));
    valueOf(await revert(2));
    expect(answer('a')).toMatchObject({ value: true });
  });

  it('come back with a flag that was removed while killed', async () => {
    const { commit, kill, revert, answer } = await newEnvironment();
    valueOf(await commit(put('flag', 'a', booleanFlag())));
    valueOf(await kill('a'));
    valueOf(await commit(remove('flag', 'a')));
    valueOf(await revert(1));
    expect(answer('a')).toMatchObject({ rule: 'killed' });
  });

  it('come back with a flag that is made again, whoever makes it', async () => {
    const { commit, kill, answer } = await newEnvironment();
    valueOf(
      await commit(
        put('flag', 'a', booleanFlag({ description: 'not "killed":true' })),
        put('flag', 'b', booleanFlag()),
      ),
    );
    valueOf(await kill('b'));
    valueOf(await commit(remove('flag', 'a'), remove('flag', 'b')));
    valueOf(await commit(put('flag', 'a', booleanFlag()), put('flag', 'b', booleanFlag())));
    expect(answer('a')).toMatchObject({ value: true });
    expect(answer('b')).toMatchObject({ rule: 'killed' });
    valueOf(await commit(remove('flag', 'b')));
    const alive = await commit(put('flag', 'b', booleanFlag({ killed: false })));
    expect(faultOf(alive).violations).toMatchObject([
      { field: 'changes[0].document.killed', rule: 'server_state' },
    ]);
    valueOf(await commit(put('flag', 'b', booleanFlag())));
    valueOf(await kill('b', true));
    valueOf(await commit(remove('flag', 'b')));
    valueOf(await commit(put('flag', 'b', booleanFlag())));
    expect(answer('b')).toMatchObject({ value: true });
  });

  it('work while events, analytics and automation do not', async () => {
    const alone = await startInstallation(dialect);
    const databases = await openDatabases(alone.database.url);
    await databases.events.transaction((session) => session.query('DROP TABLE event_log'));
    await databases.main.transaction((session) =>
      session.query(`UPDATE leases SET holder = 'nobody', epoch = epoch + 1, expires_at_ms = 9999999999999`),
    );
    const replica = alone.application.environments.replica(alone.environmentId) as EnvironmentReplica;
    const { commit, kill, answer } = createEnvironment(alone, alone.grant, replica);
    valueOf(await commit(put('flag', 'a', killSwitch)));
    const batch = RecordRequest.fromPartial({ instanceId: 'i', sequence: 1, dropped: { full: 1 } });
    expect((await alone.application.events.record(alone.grant, batch)).ok).toBe(false);
    valueOf(await kill('a'));
    expect(answer('a')).toMatchObject({ value: false, rule: 'killed' });
    valueOf(await kill('a', true));
    expect(answer('a')).toMatchObject({ value: true, reason: 'STATIC' });
    await databases.close();
    await alone.close();
  });

  it('are all that a kill switch knows', async () => {
    const { commit, kill, answer } = await newEnvironment();
    const when = { op: 'exists', attribute: 'x' };
    const odd = {
      type: 'kill_switch',
      enabled: false,
      variants: { on: true, off: true },
      default: { split: { weights: [{ variant: 'on', weight: 1 }] } },
      rules: [{ id: 'r', when, serve: { variant: 'off' } }],
    };
    const { violations } = faultOf(await commit(put('flag', 'switch', odd)));
    expect(violations?.filter(({ rule }) => rule === 'kill_switch').map(({ field }) => field)).toEqual(
      ['variants', 'offVariant', 'default', 'enabled', 'rules'].map((name) => `changes[0].document.${name}`),
    );
    const dependant = booleanFlag({ prerequisites: [{ flag: 'switch', variants: ['on'] }] });
    valueOf(await commit(put('flag', 'switch', killSwitch), put('flag', 'b', dependant)));
    valueOf(await kill('switch'));
    expect(answer('b')).toMatchObject({ value: false, rule: 'prerequisite:switch' });
    const overlay = {
      target: { kind: 'flag', key: 'switch' },
      patch: { serve: { variant: 'off' } },
      ranges: [{ from: 0, to: 10 }],
      mode: 'live',
    };
    expect(faultOf(await commit(put('overlay', 'o', overlay))).violations).toMatchObject([
      { field: 'changes[0].document.target', rule: 'kill_switch' },
    ]);
  });

  it('refuses values that do not fit the schema of their flag', async () => {
    const { commit } = await newEnvironment();
    const sized = {
      type: 'number',
      enabled: true,
      variants: { small: 1, large: 1000 },
      default: { variant: 'small' },
      schema: { maximum: 100 },
    };
    expect(faultOf(await commit(put('flag', 'size', sized))).violations).toMatchObject([
      { field: 'changes[0].document.variants.large', rule: 'value_schema' },
    ]);
    valueOf(await commit(put('flag', 'size', { ...sized, schema: { maximum: 1000 } })));
  });
});

type Environment = ReturnType<typeof createEnvironment>;

function createEnvironment(core: TestInstallation, grant: EnvironmentGrant, replica: EnvironmentReplica) {
  const { admin } = core.application;
  return {
    commit: (...changes: Change[]) => admin.commit(grant, commitOf(changes)),
    kill: (flagKey: string, restore = false) => admin.kill(grant, { ...texts, flagKey, restore }),
    revert: (toRevision: number, rest: Partial<RevertRequest> = {}) =>
      admin.revert(grant, RevertRequest.fromPartial({ ...texts, toRevision, ...rest })),
    answer: (key: string) => replica.evaluator.evaluate(key, {}),
  };
}
