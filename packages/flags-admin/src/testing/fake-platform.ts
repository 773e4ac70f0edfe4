// A platform whose server is a list of answers, and whose time passes at once. Never used outside tests.
import type { Platform } from '../platform.ts';

/** What the server does with one request. */
export type FakeAnswer =
  { readonly status: number; readonly body?: unknown; readonly headers?: HeadersInit } | Error;

export interface FakePlatform extends Platform {
  readonly requests: {
    readonly path: string;
    readonly body: Record<string, unknown>;
    readonly key: string;
  }[];
  readonly pausesMs: number[];
}

/** Answers in order; a request too many is an error. */
export function fakePlatform(...answers: readonly FakeAnswer[]): FakePlatform {
  const waiting = [...answers];
  const requests: FakePlatform['requests'] = [];
  const pausesMs: number[] = [];
  return {
    requests,
    pausesMs,
    async fetch(input, init) {
      const headers = new Headers(init?.headers);
      const body = JSON.parse(init?.body as string) as Record<string, unknown>;
      const path = new URL(input as string).pathname;
      requests.push({ path, body, key: headers.get('authorization') ?? '' });
      const answer = waiting.shift();
      if (answer === undefined) throw new Error('no more answers');
      if (answer instanceof Error) throw answer;
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {});
      return new Response(text, { status: answer.status, headers: answer.headers ?? {} });
    },
    pause: async (ms) => void pausesMs.push(ms),
    random: () => 0.5,
    unique: () => `unique-${requests.length}`,
  };
}

/** The error body of the contract. */
export const connectError = (
  code: string,
  reason: string,
  more: {
    readonly metadata?: object;
    readonly violations?: readonly object[];
    readonly retryDelay?: string;
  } = {},
): object => ({
  code,
  message: `[${reason}] something about it`,
  details: [
    {
      type: 'google.rpc.ErrorInfo',
      debug: { reason, domain: 'flags', metadata: { ...more.metadata } },
    },
    ...(more.violations
      ? [{ type: 'google.rpc.BadRequest', debug: { fieldViolations: more.violations } }]
      : []),
    ...(more.retryDelay ? [{ type: 'google.rpc.RetryInfo', debug: { retryDelay: more.retryDelay } }] : []),
  ],
});
