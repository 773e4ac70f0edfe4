// Forwards calls of AnalyticsService to an analytics process. Access has been checked before; messages go as they are,
// with the environment named by its id. Holds no data and never queues: while no process answers, it says so.
import { fail, succeed } from '@org/contract';
import type { Fault, Result } from '@org/contract';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import type { AnalyticsPort } from '../application.ts';
import type { TellDefinitions } from './tell-definitions.ts';

/** Where analytics processes listen. */
export interface AnalyticsSettings {
  /** host:port; several share their work, and any of them answers for all. */
  readonly addresses: readonly string[];
  /** What they want to see; undefined for one on this machine that wants nothing. */
  readonly token: string | undefined;
  /** Undefined: not encrypted. */
  readonly tls: { readonly ca: Buffer | undefined } | undefined;
}

/** A port that can be closed. */
export interface AnalyticsClient extends AnalyticsPort {
  /** One for each process. */
  readonly tell: readonly TellDefinitions[];
  /** Up to here analytics has the log; 0 while that cannot be told. */
  logPosition(): Promise<number>;
  close(): void;
}

/** The analytics process cuts its own work off earlier. */
const answerMsMax = 35_000;
/** Beside the contract, from core to analytics only. */
const definePath = '/flags.analytics.v1.Definitions/Put';
const positionPath = '/flags.analytics.v1.Log/Position';
const tellMsMax = 15_000;
const answerBytesMax = 32 * 1024 * 1024;
const reconnectMsMax = 2_000;

/** For installations without analytics: every call says that there is none. */
export const noAnalytics: AnalyticsPort = {
  ask: () => Promise.resolve(fail('ANALYTICS_UNAVAILABLE', 'No analytics process is configured.')),
};

type Send = (path: string, request: Buffer, limitMs: number) => Promise<Result<Uint8Array>>;

/** Starts connecting at the first call. */
export function createAnalyticsClient({ addresses, token, tls }: AnalyticsSettings): AnalyticsClient {
  const clients = addresses.map(
    (address) =>
      new Client(address, tls ? credentials.createSsl(tls.ca ?? null) : credentials.createInsecure(), {
        'grpc.max_receive_message_length': answerBytesMax,
        'grpc.max_reconnect_backoff_ms': reconnectMsMax,
      }),
  );
  const senders = clients.map((client) => senderOf(client, token));
  let current = 0;
  /** The one that answered last, else the others in turn. */
  const sendToAny: Send = async (path, request, limitMs) => {
    let answer = await senders[current]!(path, request, limitMs);
    for (let tries = 1; tries < senders.length && isAway(answer); tries += 1) {
      current = (current + 1) % senders.length;
      answer = await senders[current]!(path, request, limitMs);
    }
    return answer;
  };
  return {
    ask: (_grant, method, request) =>
      sendToAny(
        `/${method}`,
        Buffer.from(request.buffer, request.byteOffset, request.byteLength),
        answerMsMax,
      ),
    tell: senders.map(
      (send): TellDefinitions =>
        async (told) =>
          (await send(definePath, Buffer.from(JSON.stringify(told)), tellMsMax)).ok,
    ),
    async logPosition() {
      const answer = await sendToAny(positionPath, Buffer.alloc(0), tellMsMax);
      return answer.ok ? Number(Buffer.from(answer.value).toString('utf8')) || 0 : 0;
    },
    close: () => clients.forEach((client) => client.close()),
  };
}

const isAway = (answer: Result<unknown>): boolean =>
  !answer.ok && answer.fault.code === 'ANALYTICS_UNAVAILABLE';

function senderOf(client: Client, token: string | undefined): Send {
  return (path, request, limitMs) =>
    new Promise((resolve) => {
      const metadata = new Metadata();
      if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
      const asTheyAre = (bytes: Buffer): Buffer => bytes;
      const options = { deadline: Date.now() + limitMs };
      client.makeUnaryRequest(path, asTheyAre, asTheyAre, request, metadata, options, (error, answer) =>
        resolve(error === null ? succeed(answer!) : faultOf(error)),
      );
    });
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
