// Talks to cores over their HTTP bridge, as an operator with curl would. Follows no SDK code on purpose: what the SDKs
// are checked against must not come from them.
import { setTimeout as pause } from 'node:timers/promises';
import { adminKey } from './core-process.ts';

/** An error the core answered with. */
export class CallError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.name = 'CallError';
    this.code = code;
  }

  /** True when the same call may succeed later. */
  get isTransient(): boolean {
    return ['unavailable', 'resource_exhausted', 'deadline_exceeded', 'unreachable'].includes(this.code);
  }
}

const callMsMax = 10_000;

/**
 * Calls `flags.v1.<method>` with proto3 JSON.
 *
 * @throws CallError with the code of the answer, or `unreachable`.
 */
export async function call<T>(httpUrl: string, method: string, request: unknown, key = adminKey): Promise<T> {
  const response = await fetch(`${httpUrl}/flags.v1.${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(callMsMax),
  }).catch((error: unknown) => {
    throw new CallError('unreachable', String(error));
  });
  const answer = (await response.json().catch(() => {
    throw new CallError('unreachable', 'the answer was cut off');
  })) as T & { code?: string; message?: string };
  if (response.ok) return answer;
  throw new CallError(answer.code ?? String(response.status), answer.message ?? '');
}

/** An environment with an SDK key. */
export interface TestEnvironment {
  readonly id: string;
  readonly reference: string;
  readonly sdkKey: string;
  readonly sdkKeyId: string;
}

/** Makes a project with one environment and a server key. */
export async function createEnvironment(httpUrl: string, project = 'shop'): Promise<TestEnvironment> {
  await call(httpUrl, 'AccessService/CreateProject', { key: project, name: project });
  const request = { project, key: 'production', name: 'Production' };
  const { id } = await call<{ id: string }>(httpUrl, 'AccessService/CreateEnvironment', request);
  const reference = `${project}/production`;
  const { key, secret } = await createSdkKey(httpUrl, reference);
  return { id, reference, sdkKey: secret, sdkKeyId: key.id };
}

/** Makes one more server key. */
export function createSdkKey(
  httpUrl: string,
  environment: string,
): Promise<{ readonly key: { readonly id: string }; readonly secret: string }> {
  return call(httpUrl, 'AccessService/CreateSdkKey', { environment, kind: 'KEY_KIND_SERVER', name: 'test' });
}

/** A number flag that answers this number to everybody. */
export const numberFlag = (value: number): unknown => ({
  type: 'number',
  enabled: true,
  variants: { on: value },
  default: { variant: 'on' },
});

/** What the core says of an environment now. */
export interface Head {
  readonly historyId: string;
  readonly revision: number;
  readonly hash: string;
}

/** Head and hash of the server view. */
export async function readHead(httpUrl: string, environment: string): Promise<Head> {
  const { snapshot } = await call<{ snapshot: Partial<Head> }>(httpUrl, 'SyncService/GetSnapshot', {
    environment,
  });
  return { historyId: snapshot.historyId ?? '', revision: snapshot.revision ?? 0, hash: snapshot.hash ?? '' };
}

/** The number each revision set, from the reasons `commitPair` gave. */
export async function readNumbers(
  httpUrl: string,
  environment: string,
): Promise<ReadonlyMap<number, number>> {
  const numbers = new Map<number, number>();
  let pageToken = '';
  do {
    const page: { revisions?: { revision: number; reason?: string }[]; nextPageToken?: string } = await call(
      httpUrl,
      'AdminService/ListHistory',
      { environment, pageSize: 1_000, pageToken },
    );
    for (const { revision, reason } of page.revisions ?? []) numbers.set(revision, Number(reason));
    pageToken = page.nextPageToken ?? '';
  } while (pageToken !== '');
  return numbers;
}

/** Names of the two flags that are always set together. */
export const pair = ['pair-first', 'pair-second'] as const;

/** Sets both flags of the pair to a number in one commit; safe to repeat. Answers with the revision. */
export async function commitPair(
  httpUrl: string,
  environment: string,
  number: number,
  idempotencyKey: string,
): Promise<number> {
  const { revision } = await call<{ revision: { revision: number } }>(httpUrl, 'AdminService/Commit', {
    environment,
    changes: pair.map((key) => ({ kind: 'flag', key, document: numberFlag(number) })),
    idempotencyKey,
    author: 'cluster',
    reason: String(number),
  });
  return revision.revision;
}

/** Repeats a call until it is answered, with a short pause; other errors than transient ones are thrown. */
export async function untilAnswered<T>(attempt: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof CallError) || !error.isTransient || signal?.aborted === true) throw error;
      await pause(100);
    }
  }
}
