// Asks a running core the ways that applications do: by gRPC Evaluate, by OFREP, and by the Node SDK.
import { credentials, Metadata, status } from '@grpc/grpc-js';
import type { EvaluationContext } from '@org/contract/model';
import { FlagServiceClient } from '@org/contract/gen/flags/v1/flag_service';
import type { FlagsClient } from '@org/flags-node';

/** What is compared. No value: the caller's default stands for it. */
export interface Answer {
  readonly value?: unknown;
  readonly variant?: string | undefined;
  readonly reason?: string | undefined;
  readonly errorCode?: string | undefined;
}

/** Asks for a flag of any type with the key of an environment. */
export type Ask = (sdkKey: string, flag: string, context: EvaluationContext) => Promise<Answer>;

/** An error is its code: what else comes with it is the protocol's affair. */
export const answerOf = ({ value, variant, reason, errorCode }: Answer): Answer =>
  errorCode
    ? { errorCode }
    : {
        value,
        ...(variant !== undefined && variant !== '' && { variant }),
        ...(reason !== undefined && { reason }),
      };

/**
 * Whether calls take the context: over a network what is malformed is refused (docs/spec/evaluation.md), while in a process it
 * counts as missing.
 */
export function isTaken(context: unknown): boolean {
  if (!isRecord(context)) return false;
  const { kind, ...members } = context;
  if (kind !== 'multi') return isKey(context['targetingKey']) && isKind(kind ?? 'user');
  return Object.entries(members).every(([name, member]) =>
    name === 'targetingKey' ? isKey(member) : isRecord(member) && isKey(member['targetingKey']),
  );
}

/** What calls can carry at all. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isKey = (key: unknown): boolean =>
  key === undefined ||
  key === null ||
  Number.isSafeInteger(key) ||
  (typeof key === 'string' && key.length <= 16_384);
const isKind = (kind: unknown): boolean => typeof kind === 'string' && kind !== '' && kind !== 'kind';

/** gRPC Evaluate over one connection. */
export function askByGrpc(grpcUrl: string): { readonly ask: Ask; close(): void } {
  const client = new FlagServiceClient(grpcUrl.replace('http://', ''), credentials.createInsecure());
  return {
    close: () => client.close(),
    ask(sdkKey, flagKey, context) {
      const metadata = new Metadata();
      metadata.set('authorization', `Bearer ${sdkKey}`);
      return new Promise((resolve, reject) =>
        client.evaluate({ environment: '', flagKey, context }, metadata, (error, response) => {
          if (error === null) resolve(answerOf(response));
          else if (error.code === status.INVALID_ARGUMENT) resolve({ errorCode: 'INVALID_CONTEXT' });
          else reject(error);
        }),
      );
    },
  };
}

/** OFREP's evaluation of a single flag. */
export const askByOfrep =
  (httpUrl: string): Ask =>
  async (sdkKey, flag, context) => {
    const response = await fetch(`${httpUrl}/ofrep/v1/evaluate/flags/${encodeURIComponent(flag)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${sdkKey}` },
      body: JSON.stringify({ context }),
    });
    return answerOf((await response.json()) as Answer);
  };

/** A flag of any type in memory. */
export function askClient(client: FlagsClient, flag: string, context: EvaluationContext): Answer {
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
  return answerOf({ ...(isDefault ? {} : { value }), variant, reason, errorCode });
}

/** The same text for the same answer. */
export const stable = (answer: object): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(answer)
        .filter(([, field]) => field !== undefined)
        .sort(),
    ),
  );

/** Runs for each, a few at a time. */
export async function inParallel<T>(all: Iterable<T>, run: (one: T) => Promise<void>): Promise<void> {
  const open = [...all];
  const work = async (): Promise<void> => {
    for (let next = open.pop(); next !== undefined; next = open.pop()) await run(next);
  };
  await Promise.all(Array.from({ length: 8 }, work));
}
