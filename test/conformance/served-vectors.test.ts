// The golden histories, lists and logic through a running core: by the Node SDK, gRPC Evaluate and OFREP.
import type { EvaluationContext } from '@org/contract/model';
import { createClient, type Assignments, type FlagsClient, type StickyStore } from '@org/flags-node';
import { call, createEnvironment, type TestEnvironment } from '@org/tools/cluster/admin-client';
import { patience, startCore, type CoreProcess } from '@org/tools/cluster/core-process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  answerOf,
  askByGrpc,
  askByOfrep,
  askClient,
  inParallel,
  isTaken,
  stable,
  type Answer,
} from './ask.ts';
import {
  goldenHistories,
  goldenLists,
  goldenLogic,
  idsOf,
  type HistoryStep,
  type ListsFile,
} from '@org/tools/lib/golden-files';

let core: CoreProcess;
let grpc: ReturnType<typeof askByGrpc>;
beforeAll(async () => {
  core = await startCore({ environment: patience });
  grpc = askByGrpc(core.grpcUrl);
}, 120_000);
afterAll(async () => {
  grpc?.close();
  await core?.close();
});

/** One way to ask. */
interface Asker {
  readonly by: 'the Node SDK' | 'gRPC Evaluate' | 'OFREP';
  /** What sticky splits gave. */
  readonly remembers: boolean;
  /** Malformed contexts, too. */
  readonly takesAll: boolean;
  ask(flag: string, context: EvaluationContext): Promise<Answer>;
}

/** What was answered otherwise, by the way it was asked. */
type Wrong = { readonly [by in Asker['by']]: string[] };
const noneWrong = (): Wrong => ({ 'the Node SDK': [], 'gRPC Evaluate': [], OFREP: [] });

const askersOf = (client: FlagsClient, { sdkKey }: TestEnvironment): readonly Asker[] => [
  {
    by: 'the Node SDK',
    remembers: true,
    takesAll: true,
    ask: async (flag, context) => askClient(client, flag, await client.loadAssignments(context)),
  },
  {
    by: 'gRPC Evaluate',
    remembers: false,
    takesAll: false,
    ask: (flag, context) => grpc.ask(sdkKey, flag, context),
  },
  {
    by: 'OFREP',
    remembers: false,
    takesAll: false,
    ask: (flag, context) => askByOfrep(core.httpUrl)(sdkKey, flag, context),
  },
];

const connect = async ({ sdkKey }: TestEnvironment): Promise<FlagsClient> => {
  const client = createClient({
    url: core.grpcUrl,
    key: sdkKey,
    exposures: false,
    stickyStore: createStore(),
  });
  await client.ready();
  return client;
};

function createStore(): StickyStore {
  const saved = new Map<string, Assignments>();
  return {
    load: async (units) => saved.get(JSON.stringify(units)),
    async save(units, slot, variant) {
      const id = JSON.stringify(units);
      saved.set(id, { ...saved.get(id), [slot]: variant });
    },
  };
}

interface Committed {
  readonly revision: { readonly revision: number };
}

/** A call of AdminService on the environment; the revision it made. */
async function commit({ reference }: TestEnvironment, method: string, request: object): Promise<number> {
  const body = { environment: reference, reason: 'golden', ...request };
  return (await call<Committed>(core.httpUrl, `AdminService/${method}`, body)).revision.revision;
}

const follow = (client: FlagsClient, revision: number): Promise<void> =>
  vi.waitFor(() => expect(client.revision).toBe(revision), { timeout: 30_000, interval: 5 });

describe('the golden histories', () => {
  const { histories } = goldenHistories;
  const wrong = noneWrong();
  let answers = 0;

  beforeAll(async () => {
    await inParallel(histories.entries(), async ([index, { name, steps }]) => {
      const environment = await createEnvironment(core.httpUrl, `history-${index}`);
      const client = await connect(environment);
      const askers = askersOf(client, environment);
      for (const step of steps) {
        const revision = await move(environment, step);
        if (revision !== undefined) await follow(client, revision);
        for (const asker of askers) await compare(asker, name, step, wrong);
        answers += askers.length * step.answers.length;
      }
      await client.close();
    });
  }, 120_000);

  it('are asked for at least 250 answers each way', () => {
    expect(answers).toBeGreaterThanOrEqual(750);
  });

  it.each(Object.keys(wrong) as (keyof Wrong)[])('are answered by %s', (by) => {
    expect(wrong[by]).toEqual([]);
  });
});

async function move(environment: TestEnvironment, step: HistoryStep): Promise<number | undefined> {
  const { put = [], remove = [], kill = [], restore = [] } = step;
  let revision: number | undefined;
  const changes = [...put, ...remove.map((id) => ({ ...id, delete: true }))];
  if (changes.length > 0) revision = await commit(environment, 'Commit', { changes });
  for (const flagKey of kill) revision = await commit(environment, 'Kill', { flagKey });
  for (const flagKey of restore) revision = await commit(environment, 'Kill', { flagKey, restore: true });
  return revision;
}

/** Compares one step. */
async function compare(asker: Asker, name: string, { answers }: HistoryStep, wrong: Wrong): Promise<void> {
  for (const { flag, context, expected, withoutMemory = expected } of answers) {
    const { value, variant, reason, errorCode }: Answer = asker.remembers ? expected : withoutMemory;
    const wanted = stable(answerOf({ value, variant, reason, errorCode }));
    const found = stable(await asker.ask(flag, context));
    if (found !== wanted)
      wrong[asker.by].push(`${name}: ${found}, not ${wanted} for ${JSON.stringify(context)}`);
  }
}

describe('the golden lists', () => {
  const { documents, steps } = goldenLists;
  const flags = documents.filter(({ kind }) => kind === 'flag').map(({ key }) => key);
  const wrong = noneWrong();
  const stored: object[] = [];
  let asked = 0;

  beforeAll(async () => {
    const environment = await createEnvironment(core.httpUrl, 'lists');
    const edit = async ({ list, edit: how, ids }: ListsFile['steps'][number]['edits'][number]) => {
      const request = { key: list, edit: `LIST_EDIT_${how.toUpperCase()}`, ids: idsOf(ids) };
      const revision = await commit(environment, 'CommitList', request);
      const { document } = await call<{ document: { count: number; chunks: string[] } }>(
        core.httpUrl,
        'AdminService/GetDocument',
        { environment: environment.reference, kind: 'list', key: list },
      );
      stored.push({ list, count: document.count, chunks: document.chunks });
      return revision;
    };
    let client: FlagsClient | undefined;
    for (const step of steps) {
      let revision = 0;
      for (const each of step.edits) revision = await edit(each);
      if (client === undefined) revision = await commit(environment, 'Commit', { changes: documents });
      client ??= await connect(environment);
      await follow(client, revision);
      for (const asker of askersOf(client, environment)) {
        const checks = step.checks.filter(({ context }) => asker.takesAll || isTaken(context));
        await inParallel(checks, async ({ context, segments }) => {
          for (const flag of flags) {
            const { value } = await asker.ask(flag, context);
            asked += 1;
            if (value !== segments.includes(flag.replace('in-', '')))
              wrong[asker.by].push(`${flag}: ${String(value)} for ${JSON.stringify(context).slice(0, 200)}`);
          }
        });
      }
    }
    await client?.close();
  }, 120_000);

  it('have the chunks and the numbers of members that the file names', () => {
    expect(stored).toEqual(
      steps.flatMap(({ edits }) => edits.map(({ list, count, chunks }) => ({ list, count, chunks }))),
    );
  });

  it.each(Object.keys(wrong) as (keyof Wrong)[])('are answered by %s', (by) => {
    expect(asked).toBeGreaterThanOrEqual(3_000);
    expect(wrong[by]).toEqual([]);
  });
});

describe('the golden logic', () => {
  const { documents, cases } = goldenLogic;
  const wrong = noneWrong();

  beforeAll(async () => {
    const environment = await createEnvironment(core.httpUrl, 'logic');
    await commit(environment, 'Commit', { changes: documents });
    const client = await connect(environment);
    for (const asker of askersOf(client, environment)) {
      await inParallel(
        cases.filter(({ context }) => asker.takesAll || isTaken(context)),
        async ({ flag, context, expected }) => {
          const { errorCode, ...answer } = await asker.ask(flag, context);
          const reason = answer.reason === 'SPLIT' ? 'TARGETING_MATCH' : answer.reason;
          const found = stable(errorCode === undefined ? { ...answer, reason } : { error: true });
          if (found !== stable(expected)) wrong[asker.by].push(`${flag}: ${found}, not ${stable(expected)}`);
        },
      );
    }
    await client.close();
  }, 120_000);

  it('is asked for more than a thousand answers', () => {
    expect(cases.length).toBeGreaterThan(1_000);
  });

  it.each(Object.keys(wrong) as (keyof Wrong)[])('is answered by %s', (by) => {
    expect(wrong[by]).toEqual([]);
  });
});
