// The golden evaluations through a running core, each in an environment of its own: by the Node SDK, gRPC Evaluate and OFREP.
import { readFileSync } from 'node:fs';
import type { EvaluationContext } from '@org/contract/model';
import { createClient } from '@org/flags-node';
import { call, CallError, createEnvironment, type TestEnvironment } from '@org/tools/cluster/admin-client';
import { patience, startCore, type CoreProcess } from '@org/tools/cluster/core-process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  askByGrpc,
  askByOfrep,
  askClient,
  inParallel,
  isRecord,
  isTaken,
  stable,
  type Answer,
} from './ask.ts';

interface EvaluationCase {
  readonly name: string;
  readonly documents: readonly { readonly kind: string; readonly key: string; readonly document: unknown }[];
  readonly flag: string;
  readonly type?: string;
  readonly context: EvaluationContext;
  readonly expected: Answer;
}

const { cases } = JSON.parse(readFileSync(new URL('evaluation.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly EvaluationCase[];
};

/** A case in its environment. */
interface Placed extends EvaluationCase {
  readonly environment: TestEnvironment;
}

let core: CoreProcess;
const placed: Placed[] = [];

beforeAll(async () => {
  core = await startCore({ environment: patience });
  // Without a type of its own: remote calls ask for whatever type the flag has. Contexts over the network are objects.
  const wanted = cases.filter(({ type, context }) => type === undefined && isRecord(context));
  await inParallel(wanted.entries(), async ([index, golden]) => {
    const environment = await createEnvironment(core.httpUrl, `case-${index}`);
    if (await isCommitted(environment, golden)) placed.push({ ...golden, environment });
  });
}, 120_000);
afterAll(() => core.close());

/** False for what a core refuses: many cases are about documents that never come past it. */
async function isCommitted({ reference }: TestEnvironment, { documents }: EvaluationCase): Promise<boolean> {
  const changes = documents.map(({ kind, key, document }) => ({ kind, key, document }));
  try {
    await call(core.httpUrl, 'AdminService/Commit', { environment: reference, changes, reason: 'golden' });
    return true;
  } catch (error) {
    if (error instanceof CallError && error.code === 'invalid_argument') return false;
    throw error;
  }
}

/** An error is its code: what else comes with it is the protocol's affair. */
function expectedOf({ expected: { value, variant, reason, errorCode } }: Placed): Answer {
  return errorCode === undefined ? { value, variant, reason } : { errorCode };
}

/** Over a network somebody is told of a malformed context. */
const remotelyExpected = (one: Placed): Answer =>
  isTaken(one.context) ? expectedOf(one) : { errorCode: 'INVALID_CONTEXT' };

/** The names of the cases that were answered otherwise, with the answers. */
async function wronglyAnswered(
  ask: (one: Placed) => Promise<Answer>,
  expectedAnswer: (one: Placed) => Answer,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  await inParallel(placed, async (one) => {
    const expected = expectedAnswer(one);
    const answer = await ask(one);
    if (stable(answer) !== stable(expected))
      wrong.push(`${one.name}: ${stable(answer)}, not ${stable(expected)}`);
  });
  return wrong;
}

describe('the golden evaluations that a core takes', () => {
  it('are at least a hundred', () => {
    expect(placed.length).toBeGreaterThanOrEqual(100);
  });

  it('are answered by the Node SDK', async () => {
    const wrong = await wronglyAnswered(async ({ environment, flag, context }) => {
      const client = createClient({ url: core.grpcUrl, key: environment.sdkKey, exposures: false });
      try {
        await client.ready();
        return askClient(client, flag, context);
      } finally {
        await client.close();
      }
    }, expectedOf);
    expect(wrong).toEqual([]);
  }, 120_000);

  it('are answered by gRPC Evaluate', async () => {
    const grpc = askByGrpc(core.grpcUrl);
    const wrong = await wronglyAnswered(
      ({ environment, flag, context }) => grpc.ask(environment.sdkKey, flag, context),
      remotelyExpected,
    );
    grpc.close();
    expect(wrong).toEqual([]);
  }, 120_000);

  it('are answered by OFREP', async () => {
    const ask = askByOfrep(core.httpUrl);
    const wrong = await wronglyAnswered(
      ({ environment, flag, context }) => ask(environment.sdkKey, flag, context),
      remotelyExpected,
    );
    expect(wrong).toEqual([]);
  }, 120_000);
});
