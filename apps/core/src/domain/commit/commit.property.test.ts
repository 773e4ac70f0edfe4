// Laws of the commit path, on random histories of several writers on two cores.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentHash, createViewHash, entryHash } from '@org/sync';
import type { Delta } from '@org/contract/gen/flags/v1/document';
import type { EnvironmentReplica, ViewName } from '../../application.ts';
import { loadEnvironment, type LoadedEnvironment } from '../../store/environment-store.ts';
import { openDatabases, type Databases } from '../../store/open-driver.ts';
import { createReplica } from '../environment/replica.ts';
import { dialects } from '../testing/test-database.ts';
import {
  booleanFlag,
  commitOf,
  grantOf,
  put,
  remove,
  silentLogger,
  startCore,
  startInstallation,
  until,
  valueOf,
  type TestCore,
  type TestInstallation,
} from '../testing/test-application.ts';

const keys = ['a', 'b', 'c', 'd'];
const segments = ['s', 't'];

type Step =
  | {
      readonly do: 'flag';
      readonly core: 0 | 1;
      readonly key: string;
      readonly segment: string | undefined;
      readonly visible: boolean;
      readonly expected: number | undefined;
    }
  | {
      readonly do: 'segment';
      readonly core: 0 | 1;
      readonly key: string;
      readonly nested: boolean;
      readonly members: readonly string[];
    }
  | { readonly do: 'remove'; readonly core: 0 | 1; readonly kind: string; readonly key: string }
  | { readonly do: 'kill'; readonly core: 0 | 1; readonly key: string; readonly restore: boolean }
  | { readonly do: 'revert'; readonly core: 0 | 1; readonly back: number; readonly kills: boolean };

const core = fc.constantFrom(0 as const, 1 as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('flag' as const),
    core,
    key: fc.constantFrom(...keys),
    segment: fc.option(fc.constantFrom(...segments), { nil: undefined }),
    visible: fc.boolean(),
    expected: fc.option(fc.nat(6), { nil: undefined }),
  }),
  fc.record({
    do: fc.constant('segment' as const),
    core,
    key: fc.constantFrom(...segments),
    nested: fc.boolean(),
    members: fc.array(
      fc.string({ minLength: 1, maxLength: 4 }).filter((text) => !/\p{Cs}/u.test(text)),
      { maxLength: 2 },
    ),
  }),
  fc.record({
    do: fc.constant('remove' as const),
    core,
    kind: fc.constantFrom('flag', 'segment'),
    key: fc.constantFrom(...keys, ...segments),
  }),
  fc.record({ do: fc.constant('kill' as const), core, key: fc.constantFrom(...keys), restore: fc.boolean() }),
  fc.record({ do: fc.constant('revert' as const), core, back: fc.nat(5), kills: fc.boolean() }),
);

const flagDocument = (key: string, segment: string | undefined, visible: boolean) =>
  booleanFlag({
    clientVisible: visible,
    targets: [{ variant: 'off', keys: [`unit of ${key}`] }],
    ...(segment !== undefined && {
      rules: [{ id: 'r', when: { op: 'segment', key: segment }, serve: { variant: 'off' } }],
    }),
  });

const segmentDocument = (key: string, nested: boolean, members: readonly string[]) => ({
  clientVisible: true,
  when: nested && key === 's' ? { op: 'segment', key: 't' } : { op: 'exists', attribute: 'x' },
  included: [...new Set(members)],
});

describe.each(dialects)('random histories of two cores on %s', (dialect) => {
  let installation: TestInstallation;
  let other: TestCore;
  let databases: Databases;
  let environments = 0;

  beforeAll(async () => {
    installation = await startInstallation(dialect);
    other = await startCore(installation.database.url);
    databases = await openDatabases(installation.database.url);
  });
  afterAll(async () => {
    await databases.close();
    await other.running.close();
    await installation.close();
  });

  async function newEnvironment(): Promise<{
    id: string;
    replicas: [EnvironmentReplica, EnvironmentReplica];
  }> {
    const environment = { project: 'shop', key: `e${++environments}`, name: '', allowedOrigins: [] };
    const { access } = installation.application;
    const { id } = valueOf(await access.createEnvironment(installation.admin, environment));
    await until(() => other.application.environments.replica(id) !== undefined);
    const replicas = [installation, other].map(({ application }) => application.environments.replica(id));
    return { id, replicas: replicas as [EnvironmentReplica, EnvironmentReplica] };
  }

  const perform = async (id: string, next: Step, replica: EnvironmentReplica): Promise<unknown> => {
    const { admin } = (next.core === 0 ? installation : other).application;
    const grant = grantOf(installation.admin, id);
    const texts = { environment: '', author: '', reason: '', idempotencyKey: '' };
    switch (next.do) {
      case 'flag':
        return admin.commit(
          grant,
          commitOf([
            put('flag', next.key, flagDocument(next.key, next.segment, next.visible), next.expected),
          ]),
        );
      case 'segment':
        return admin.commit(
          grant,
          commitOf([put('segment', next.key, segmentDocument(next.key, next.nested, next.members))]),
        );
      case 'remove':
        return admin.commit(grant, commitOf([remove(next.kind, next.key)]));
      case 'kill':
        return admin.kill(grant, { ...texts, flagKey: next.key, restore: next.restore });
      case 'revert': {
        const toRevision = Math.max(0, replica.revision - next.back);
        return admin.revert(grant, {
          ...texts,
          toRevision,
          kind: '',
          key: '',
          expectedRevision: undefined,
          kills: next.kills,
        });
      }
    }
  };

  it('keeps memory, history, hashes and deltas of both cores equal', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 }),
        async (rounds) => {
          const { id, replicas } = await newEnvironment();
          const streams = replicas.map((replica) => ({
            server: follow(replica, 'server'),
            client: follow(replica, 'client'),
          }));
          for (const round of rounds)
            await Promise.all(round.map((next) => perform(id, next, replicas[next.core])));
          await until(() => replicas[0].revision === replicas[1].revision);
          const { revision } = replicas[0];
          for (const view of ['server', 'client'] as const) {
            for (const [index, replica] of replicas.entries()) {
              expect(scratchHash(replica, view)).toBe(replica.hash(view));
              expect(replica.hash(view)).toBe(replicas[0].hash(view));
              expect(documentsOf(replica, view)).toEqual(documentsOf(replicas[0], view));
              const stream = streams[index]?.[view];
              expect(stream?.revisions).toEqual(Array.from({ length: revision }, (_, at) => at + 1));
              expect(Object.fromEntries(stream?.state ?? [])).toEqual(documentsOf(replica, view));
              expect(stream?.hash).toBe(revision === 0 ? undefined : replica.hash(view));
            }
          }
          // A core that starts now builds both views from the stored documents, not step by step.
          const fresh = createReplica(await loaded(id), Date.now, silentLogger);
          for (const view of ['server', 'client'] as const) {
            expect(documentsOf(fresh, view)).toEqual(documentsOf(replicas[0], view));
            expect(fresh.hash(view)).toBe(replicas[0].hash(view));
          }
          expect(await foldOfHistory(id, revision)).toEqual(documentsOf(replicas[0], 'server', false));
        },
      ),
      { numRuns: dialect === 'sqlite' ? 40 : 15, seed: 20_261_120 },
    );
  });

  async function loaded(id: string): Promise<LoadedEnvironment> {
    const environment = await loadEnvironment(databases.main, id);
    if (environment === undefined) throw new Error('the environment is gone');
    return environment;
  }

  /** Applies every revision's diffs one after the other. */
  async function foldOfHistory(id: string, head: number): Promise<Record<string, unknown>> {
    const state = new Map<string, unknown>();
    for (let revision = 1; revision <= head; revision += 1) {
      const { diffs } = valueOf(
        await installation.application.admin.getRevision(grantOf(installation.admin, id), revision),
      );
      expect(diffs.length).toBeGreaterThan(0);
      for (const { kind, key, before, after } of diffs) {
        expect(before).toEqual(state.get(`${kind}/${key}`));
        if (after === undefined) state.delete(`${kind}/${key}`);
        else state.set(`${kind}/${key}`, after);
      }
    }
    return Object.fromEntries(state);
  }
});

const documentsOf = (
  replica: EnvironmentReplica,
  view: ViewName,
  revisions = true,
): Record<string, unknown> =>
  Object.fromEntries(
    replica.snapshot(view).message.documents.map(({ kind, key, revision, json }) => {
      const document = JSON.parse(json) as unknown;
      return [`${kind}/${key}`, revisions ? { revision, document } : document];
    }),
  );

function scratchHash(replica: EnvironmentReplica, view: ViewName): string {
  const hash = createViewHash();
  for (const { kind, key, json } of replica.snapshot(view).message.documents)
    hash.add(entryHash(kind, key, contentHash(json)));
  return hash.hex;
}

interface Stream {
  readonly revisions: number[];
  readonly state: Map<string, unknown>;
  hash: string | undefined;
}

/** What a client that only sees deltas ends up with. */
function follow(replica: EnvironmentReplica, view: ViewName): Stream {
  const stream: Stream = { revisions: [], state: new Map(), hash: undefined };
  const delta = ({ message }: { readonly message: Delta }): void => {
    stream.revisions.push(message.revision);
    stream.hash = message.hash;
    for (const { kind, key } of message.deletes) stream.state.delete(`${kind}/${key}`);
    for (const { kind, key, revision, json } of message.upserts) {
      stream.state.set(`${kind}/${key}`, { revision, document: JSON.parse(json) as unknown });
    }
  };
  replica.subscribe(view, { delta, heartbeat: () => undefined, reset: () => undefined });
  return stream;
}
