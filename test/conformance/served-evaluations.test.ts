// The golden evaluations through a running core, each in an environment of its own: by the Node SDK, gRPC Evaluate and OFREP.
import { readFileSync } from 'node:fs';
import { credentials, Metadata } from '@grpc/grpc-js';
import type { EvaluationContext } from '@org/contract/model';
import { FlagServiceClient } from '@org/contract/gen/flags/v1/flag_service';
import { createClient } from '@org/flags-node';
import { call, CallError, createEnvironment, type TestEnvironment } from '@org/tools/cluster/admin-client';
import { patience, startCore, type CoreProcess } from '@org/tools/cluster/core-process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Answer {
  readonly value?: unknown;
  readonly variant?: string | undefined;
  readonly reason?: string | undefined;
  readonly errorCode?: string | undefined;
}

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

const isRecord = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

async function inParallel<T>(all: Iterable<T>, run: (one: T) => Promise<void>): Promise<void> {
  const open = [...all];
  const work = async (): Promise<void> => {
    for (let next = open.pop(); next !== undefined; next = open.pop()) await run(next);
  };
  await Promise.all(Array.from({ length: 8 }, work));
}

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

/** The names of the cases that were answered otherwise, with the answers. */
async function wronglyAnswered(ask: (one: Placed) => Promise<Answer>): Promise<readonly string[]> {
  const wrong: string[] = [];
  await inParallel(placed, async (one) => {
    const { value, variant, reason, errorCode } = one.expected;
    // An error is its code: what else comes with it is the protocol's affair.
    const expected = errorCode === undefined ? { value, variant, reason } : { errorCode };
    const answer = await ask(one);
    if (stable(answer) !== stable(expected))
      wrong.push(`${one.name}: ${stable(answer)}, not ${stable(expected)}`);
  });
  return wrong;
}

const stable = (answer: Answer): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(answer)
        .filter(([, field]) => field !== undefined)
        .sort(),
    ),
  );

const answerOf = ({ value, variant, reason, errorCode }: Answer): Answer =>
  errorCode
    ? { errorCode }
    : {
        value,
        ...(variant !== undefined && variant !== '' && { variant }),
        ...(reason !== undefined && { reason }),
      };

describe('the golden evaluations that a core takes', () => {
  it('are at least a hundred', () => {
    expect(placed.length).toBeGreaterThanOrEqual(100);
  });

  it('are answered by the Node SDK', async () => {
    const wrong = await wronglyAnswered(async ({ environment, flag, context }) => {
      const client = createClient({ url: core.grpcUrl, key: environment.sdkKey, exposures: false });
      try {
        await client.ready();
        return answerOf(detailsOf(client, flag, context));
      } finally {
        await client.close();
      }
    });
    expect(wrong).toEqual([]);
  }, 120_000);

  it('are answered by gRPC Evaluate', async () => {
    const client = new FlagServiceClient(core.grpcUrl.replace('http://', ''), credentials.createInsecure());
    const wrong = await wronglyAnswered(({ environment, flag, context }) => {
      const metadata = new Metadata();
      metadata.set('authorization', `Bearer ${environment.sdkKey}`);
      return new Promise((resolve, reject) =>
        client.evaluate({ environment: '', flagKey: flag, context }, metadata, (error, response) =>
          error ? reject(error) : resolve(answerOf(response)),
        ),
      );
    });
    client.close();
    expect(wrong).toEqual([]);
  }, 120_000);

  it('are answered by OFREP', async () => {
    const wrong = await wronglyAnswered(async ({ environment, flag, context }) => {
      const response = await fetch(`${core.httpUrl}/ofrep/v1/evaluate/flags/${encodeURIComponent(flag)}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${environment.sdkKey}` },
        body: JSON.stringify({ context }),
      });
      return answerOf((await response.json()) as Answer);
    });
    expect(wrong).toEqual([]);
  }, 120_000);
});

/** The details of a flag of any type; no value where the default stands for one. */
function detailsOf(
  client: ReturnType<typeof createClient>,
  flag: string,
  context: EvaluationContext,
): Answer {
  const marker = { nothing: 'stands here' };
  const all = [
    client.boolean(flag, false).details(context),
    client.string(flag, marker.nothing).details(context),
    client.number(flag, -99).details(context),
    client.object(flag, marker).details(context),
  ];
  const details = all.find(({ errorCode }) => errorCode !== 'TYPE_MISMATCH')!;
  const isDefault = details.variant === undefined;
  const { value, variant, reason, errorCode } = details;
  return { ...(isDefault ? {} : { value }), variant, reason, errorCode };
}
