// Forwards calls of AnalyticsService to the analytics process. Access has been checked before; messages go as they are,
// with the environment named by its id. Holds no data and never queues: while the process is away, it says so.
import { fail, succeed } from '@org/contract';
import type { Fault, Result } from '@org/contract';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import type { AnalyticsPort } from '../application.ts';
import type { TellDefinitions } from './tell-definitions.ts';

/** Where the analytics process listens. */
export interface AnalyticsSettings {
  /** host:port. */
  readonly address: string;
  /** What it wants to see; undefined for one on this machine that wants nothing. */
  readonly token: string | undefined;
}

/** A port that can be closed. */
export interface AnalyticsClient extends AnalyticsPort {
  readonly tell: TellDefinitions;
  close(): void;
}

/** The analytics process cuts its own work off earlier. */
const answerMsMax = 35_000;
/** Beside the contract, from core to analytics only. */
const definePath = '/flags.analytics.v1.Definitions/Put';
const tellMsMax = 5_000;
const answerBytesMax = 32 * 1024 * 1024;
const reconnectMsMax = 2_000;

/** For installations without analytics: every call says that there is none. */
export const noAnalytics: AnalyticsPort = {
  ask: () => Promise.resolve(fail('ANALYTICS_UNAVAILABLE', 'No analytics process is configured.')),
};

/** Starts connecting at the first call. */
export function createAnalyticsClient({ address, token }: AnalyticsSettings): AnalyticsClient {
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': answerBytesMax,
    'grpc.max_reconnect_backoff_ms': reconnectMsMax,
  });
  const send = (path: string, request: Buffer, limitMs: number): Promise<Result<Uint8Array>> =>
    new Promise((resolve) => {
      const metadata = new Metadata();
      if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
      const asTheyAre = (bytes: Buffer): Buffer => bytes;
      const options = { deadline: Date.now() + limitMs };
      client.makeUnaryRequest(path, asTheyAre, asTheyAre, request, metadata, options, (error, answer) =>
        resolve(error === null ? succeed(answer!) : faultOf(error)),
      );
    });
  return {
    ask: (_grant, method, request) =>
      send(`/${method}`, Buffer.from(request.buffer, request.byteOffset, request.byteLength), answerMsMax),
    tell: async (told) => (await send(definePath, Buffer.from(JSON.stringify(told)), tellMsMax)).ok,
    close: () => client.close(),
  };
}

/** Its own faults come whole; what gRPC itself reports means that the process is away, or not the one we take it for. */
function faultOf(error: ServiceError): Result<never> {
  const [whole] = error.metadata.get('flags-fault-bin');
  if (whole !== undefined) return { ok: false, fault: JSON.parse(String(whole)) as Fault };
  if (error.code === status.UNAUTHENTICATED)
    return fail('ANALYTICS_UNAVAILABLE', 'The analytics process does not take this core’s token.');
  if (error.code === status.UNIMPLEMENTED)
    return fail('UNIMPLEMENTED', 'The analytics process does not know the method.');
  if (error.code === status.RESOURCE_EXHAUSTED)
    return fail('LIMIT_EXCEEDED', 'The answer is too large: ask for less.');
  return fail('ANALYTICS_UNAVAILABLE', 'The analytics process does not answer.', { retryAfterMs: 1_000 });
}
