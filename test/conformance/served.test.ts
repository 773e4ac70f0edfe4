// The golden operators through a running core: by the Node SDK, by gRPC Evaluate and by OFREP; and what it refuses.
import { credentials, Metadata } from '@grpc/grpc-js';
import { FlagServiceClient } from '@org/contract/gen/flags/v1/flag_service';
import { createClient } from '@org/flags-node';
import { adminKey, patience, startCore, type CoreProcess } from '@org/tools/cluster/core-process';
import { call, createEnvironment, type TestEnvironment } from '@org/tools/cluster/admin-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTaken } from './ask.ts';
import { flags, flagWhen, golden, questions, type Question } from './golden.ts';

/** Calls refuse malformed contexts. */
const taken = questions.filter(({ context }) => isTaken(context));

let core: CoreProcess;
let environment: TestEnvironment;

beforeAll(async () => {
  core = await startCore({ environment: patience });
  environment = await createEnvironment(core.httpUrl);
  await call(core.httpUrl, 'AdminService/Commit', {
    environment: environment.reference,
    changes: [...flags].map(([key, document]) => ({ kind: 'flag', key, document })),
    reason: 'golden',
  });
}, 120_000);
afterAll(() => core.close());

const describeWrong = ({ flag, context, matches }: Question, answer: unknown): string =>
  `${flag}: ${String(answer)} instead of ${matches} for ${JSON.stringify(context).slice(0, 200)}`;

/** The questions that were answered otherwise, a few at a time. */
async function wronglyAnswered(
  asked: readonly Question[],
  ask: (question: Question) => Promise<unknown>,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  const open = [...asked];
  const work = async (): Promise<void> => {
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const answer = await ask(next);
      if (answer !== next.matches) wrong.push(describeWrong(next, answer));
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
  return wrong;
}

describe('the golden operators', () => {
  it('are at least two thousand', () => {
    expect(questions.length).toBeGreaterThanOrEqual(2_000);
    expect(taken.length).toBeGreaterThanOrEqual(2_000);
  });

  it('are answered by the Node SDK', async () => {
    const client = createClient({ url: core.grpcUrl, key: environment.sdkKey, exposures: false });
    try {
      await client.ready();
      const wrong = await wronglyAnswered(questions, async ({ flag, context, matches }) => {
        const { value, errorCode } = client.boolean(flag, !matches).details(context);
        return errorCode ?? value;
      });
      expect(wrong).toEqual([]);
    } finally {
      await client.close();
    }
  });

  it('are answered by gRPC Evaluate', async () => {
    const client = new FlagServiceClient(core.grpcUrl.replace('http://', ''), credentials.createInsecure());
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${environment.sdkKey}`);
    const wrong = await wronglyAnswered(
      taken,
      ({ flag, context }) =>
        new Promise((resolve) =>
          client.evaluate({ environment: '', flagKey: flag, context }, metadata, (error, response) =>
            resolve(error ? error.message : response.value),
          ),
        ),
    );
    client.close();
    expect(wrong).toEqual([]);
  }, 120_000);

  it('are answered by OFREP', async () => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${environment.sdkKey}` };
    const wrong = await wronglyAnswered(taken, async ({ flag, context }) => {
      const body = JSON.stringify({ context });
      const response = await fetch(`${core.httpUrl}/ofrep/v1/evaluate/flags/${flag}`, {
        method: 'POST',
        headers,
        body,
      });
      const answer = (await response.json()) as { readonly value?: unknown; readonly errorCode?: string };
      return answer.value ?? answer.errorCode;
    });
    expect(wrong).toEqual([]);
  }, 120_000);
});

interface Finding {
  readonly field: string;
  readonly reason: string;
}

/** What a core finds in a commit of this flag. */
async function findingsIn(document: object): Promise<readonly Finding[]> {
  const response = await fetch(`${core.httpUrl}/flags.v1.AdminService/Commit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
    body: JSON.stringify({
      environment: environment.reference,
      changes: [{ kind: 'flag', key: 'refused', document }],
      reason: 'golden',
    }),
  });
  expect(response.status).toBe(400);
  const { details } = (await response.json()) as {
    readonly details: readonly { readonly debug: { readonly fieldViolations?: readonly Finding[] } }[];
  };
  return details.flatMap(({ debug }) => debug.fieldViolations ?? []);
}

describe('the golden refusals', () => {
  it.each(golden.refused)('$name, $when.op', async ({ when, path, rule }) => {
    const findings = await findingsIn(flagWhen(when));
    const found = findings.map(({ field, reason }) => [field, reason]);
    // Lists that are none or too long are found by the schema already, which has rules of its own.
    const bySchema = found.filter(([, reason]) => reason === 'type' || reason === 'max_items');
    const field = `changes[0].document.rules[0].when.${path}`;
    expect(found).toContainEqual([field, bySchema[0]?.[1] ?? rule]);
  });
});
