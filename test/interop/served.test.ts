// flagd definitions behave as flagd itself when a running core serves them: asked by OFREP and by flagd's own protocol, and held
// against flagd's evaluator in the same run. The evaluator alone, with every context: every-operation.test.ts.
import { readFileSync } from 'node:fs';
import { importFlagd } from '@org/interop';
import { call, createEnvironment, type TestEnvironment } from '@org/tools/cluster/admin-client';
import { patience, startCore, type CoreProcess } from '@org/tools/cluster/core-process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flagds, type Answer } from './answers.ts';
import { contextsFor } from './hostile-contexts.ts';
import { startRealFlagd, type RealFlagd } from './real-flagd.ts';

interface Definition {
  readonly flags: Readonly<Record<string, { readonly variants: Readonly<Record<string, unknown>> }>>;
  readonly $evaluators: unknown;
}
interface Question {
  readonly flag: string;
  readonly context: object;
}

const text = readFileSync(new URL('every-operation.flagd.json', import.meta.url), 'utf8');
const definition = JSON.parse(text) as Definition;
const evaluators = JSON.stringify(definition.$evaluators);
/** Every flag with every seventh of its contexts, each flag beginning with another one. */
const questions: readonly Question[] = Object.entries(definition.flags).flatMap(([flag, content], place) => {
  const json = JSON.stringify(content);
  return contextsFor(json.includes('$ref') ? json + evaluators : `${json} "targetingKey`)
    .filter((_, index) => (index + place) % 7 === 0)
    .map((context) => ({ flag, context }));
});

describe("every operation of flagd's, through a running core", () => {
  let core: CoreProcess;
  let environment: TestEnvironment;
  let flagd: RealFlagd | undefined;
  let theirs: readonly Answer[];

  beforeAll(async () => {
    [core, flagd] = await Promise.all([startCore({ environment: patience }), startRealFlagd()]);
    environment = await createEnvironment(core.httpUrl);
    const { documents } = importFlagd(definition, { exact: true });
    const changes = documents.map(({ kind, key, document }) => ({ kind, key, document }));
    await call(core.httpUrl, 'AdminService/Commit', { environment: environment.reference, changes });
    const [loaded, ...answers] = (await flagd?.ask([{ definition }, ...questions])) ?? [];
    expect(loaded?.error ?? '').toBe('');
    theirs = answers.map(flagds);
  });
  afterAll(async () => {
    await flagd?.close();
    await core?.close();
  });

  /** Where the core answers otherwise than flagd; the first few. */
  async function differences(
    ask: (question: Question) => Promise<Answer>,
    isAsked: (question: Question) => boolean = () => true,
  ): Promise<readonly object[]> {
    const found: object[] = [];
    const open = [...theirs.entries()].filter(([index]) => isAsked(questions[index]!));
    const work = async (): Promise<void> => {
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        const [question, flagdAnswer] = [questions[next[0]]!, next[1]];
        const coreAnswer = await ask(question);
        if (JSON.stringify(comparable(coreAnswer)) !== JSON.stringify(comparable(flagdAnswer)))
          found.push({ ...question, flagd: flagdAnswer, core: coreAnswer });
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
    return found.slice(0, 5);
  }

  async function post(path: string, body: object): Promise<Readonly<Record<string, unknown>>> {
    const response = await fetch(core.httpUrl + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${environment.sdkKey}` },
      body: JSON.stringify(body),
    });
    return (await response.json()) as Readonly<Record<string, unknown>>;
  }

  // It tells of targeting keys that are none (docs/spec/evaluation.md).
  const hasKey = ({ context }: Question): boolean =>
    typeof ((context as { readonly targetingKey?: unknown }).targetingKey ?? '') === 'string';

  it('is answered by OFREP as flagd answers it', async () => {
    const ask = async ({ flag, context }: Question): Promise<Answer> => {
      const body = await post(`/ofrep/v1/evaluate/flags/${encodeURIComponent(flag)}`, { context });
      return answerOf(body, body['errorCode'] as string | undefined);
    };
    expect(questions.filter(hasKey).length).toBeGreaterThan(questions.length / 2);
    expect(await differences(ask, hasKey)).toEqual([]);
  });

  it("is answered by flagd's protocol as flagd answers it", async () => {
    const ask = async ({ flag, context }: Question): Promise<Answer> => {
      const method = methodOf(definition.flags[flag]!.variants);
      const body = await post(`/flagd.evaluation.v2.Service/${method}`, { flagKey: flag, context });
      return answerOf(body, body['code'] as string | undefined);
    };
    expect(await differences(ask)).toEqual([]);
  });
});

function methodOf(variants: Readonly<Record<string, unknown>>): string {
  const type = typeof Object.values(variants)[0];
  return (
    { boolean: 'ResolveBoolean', string: 'ResolveString', number: 'ResolveFloat' }[type as string] ??
    'ResolveObject'
  );
}

function answerOf(body: Readonly<Record<string, unknown>>, error: string | undefined): Answer {
  const { value, variant, reason } = body;
  const shown = reason === 'SPLIT' ? 'TARGETING_MATCH' : String(reason);
  return { value, variant: variant as string | undefined, reason: shown, error };
}

/** Errors are compared by there being one: the protocols name them otherwise. */
const comparable = ({ value, variant, reason, error }: Answer): unknown =>
  error === undefined ? { value, variant, reason } : 'error';
