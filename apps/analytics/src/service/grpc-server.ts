// Serves AnalyticsService to cores, over gRPC. A core shows the token; without one configured, only this machine is answered.
// Messages stay bytes until the caller is known. Faults travel whole, as JSON, in the trailer `flags-fault-bin`.
import { createHash, timingSafeEqual } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { fail, limits } from '@org/contract';
import type { Fault, Result } from '@org/contract';
import { AnalyticsServiceDefinition } from '@org/contract/gen/flags/v1/analytics_service';
import { Metadata, Server, status } from '@grpc/grpc-js';
import type {
  ServerCredentials,
  sendUnaryData,
  ServerUnaryCall,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { Definitions } from '../definitions/definitions.ts';
import { FaultError } from '../share/fault-error.ts';
import type { PartAnswers } from '../share/gather.ts';
import { askPath, peerBytesMax, type PeerQuestion } from '../share/peers.ts';
import type { Logger } from '@org/service';
import type { Handlers, MethodKey } from './handlers.ts';

export interface ServiceSettings {
  /** host:port; port 0 takes a free one. */
  readonly address: string;
  readonly token: string | undefined;
  readonly credentials: ServerCredentials;
}

/** What is served. */
export interface Served {
  readonly handlers: Handlers;
  readonly definitions: Definitions;
  /** For processes that share partitions with this one. */
  readonly peers?: PartAnswers;
  /** Up to here every partition has the log. */
  readonly logPosition: () => number;
}

export interface Service {
  readonly port: number;
  /** Waits for calls under way. */
  close(): Promise<void>;
}

/** Beside the contract: the core tells its documents, as JSON. */
export const definePath = 'flags.analytics.v1.Definitions/Put';
/** Beside the contract: the core trims its log up to there. */
const positionPath = 'flags.analytics.v1.Log/Position';
/** Documents of a large environment. */
const requestBytesMax = 32 * 1024 * 1024;

type Answer = (request: Buffer) => Promise<Result<Uint8Array>>;
type Call = ServerUnaryCall<Buffer, Uint8Array>;

/** Listens; rejects when the address cannot be had. */
export async function startService(
  served: Served,
  { address, token, credentials }: ServiceSettings,
  logger: Logger,
): Promise<Service> {
  const server = new Server({
    'grpc.max_receive_message_length': requestBytesMax,
    'grpc.max_send_message_length': peerBytesMax,
  });
  const answers = answersOf(served);
  const mayCall = checkCaller(token);
  const implementation: UntypedServiceImplementation = Object.fromEntries(
    [...answers].map(([name, answer]) => [
      name,
      (call: Call, callback: sendUnaryData<Uint8Array>) => {
        if (!mayCall(call)) return callback({ code: status.UNAUTHENTICATED, details: 'The token is wrong.' });
        void serve(name, answer, call, logger).then((result) =>
          result.ok ? callback(null, result.value) : callback(errorOf(result.fault)),
        );
      },
    ]),
  );
  server.addService(definitionOf([...answers.keys()]), implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { port, close: () => new Promise((resolve) => server.tryShutdown(() => resolve())) };
}

function answersOf({ handlers, definitions, peers, logPosition }: Served): ReadonlyMap<string, Answer> {
  const { fullName, methods } = AnalyticsServiceDefinition;
  const answers = new Map<string, Answer>();
  for (const key of Object.keys(methods) as MethodKey[]) {
    // Codec and handler belong to the same method; the types of ten methods at once cannot say so.
    const { name, requestType, responseType } = methods[key] as unknown as MethodShape;
    const handler = handlers[key] as unknown as (request: unknown) => Promise<Result<unknown>>;
    answers.set(`${fullName}/${name}`, async (bytes) => {
      if (bytes.length > limits.requestBytesMax) return fail('LIMIT_EXCEEDED', 'The request is too large.');
      const result = await handler(requestType.decode(bytes));
      return result.ok ? { ok: true, value: responseType.encode(result.value).finish() } : result;
    });
  }
  answers.set(definePath, async (bytes) => {
    await definitions.put(bytes.toString('utf8'));
    return { ok: true, value: new Uint8Array() };
  });
  answers.set(positionPath, () => Promise.resolve({ ok: true, value: Buffer.from(String(logPosition())) }));
  if (peers !== undefined)
    answers.set(askPath, async (bytes) => {
      // Whoever comes this far has shown the token, or is on this machine.
      const { method, parts, ask } = deserialize(bytes) as PeerQuestion;
      const answer = peers[method] as (parts: readonly number[], ask: unknown) => Promise<unknown>;
      return { ok: true, value: serialize(await answer(parts, ask)) };
    });
  return answers;
}

interface MethodShape {
  readonly name: string;
  readonly requestType: { decode(bytes: Uint8Array): unknown };
  readonly responseType: { encode(message: unknown): { finish(): Uint8Array } };
}

async function serve(name: string, answer: Answer, call: Call, logger: Logger): Promise<Result<Uint8Array>> {
  try {
    return await answer(call.request);
  } catch (error) {
    if (error instanceof FaultError) return { ok: false, fault: error.fault };
    logger.error({ err: error, method: name }, 'unexpected error in a call');
    return fail('INTERNAL', 'Unexpected error in the analytics process; its log names it.');
  }
}

function errorOf(fault: Fault): { code: number; details: string; metadata: Metadata } {
  const metadata = new Metadata();
  // The core says it with its own words and code.
  metadata.set('flags-fault-bin', Buffer.from(JSON.stringify(shortened(fault))));
  return { code: status.UNKNOWN, details: fault.code, metadata };
}

/** Trailers are small: stock limits are 8 KiB in all. */
const shortened = (fault: Fault): Fault => ({
  ...fault,
  message: fault.message.slice(0, 1_000),
  ...(fault.violations && {
    violations: fault.violations.slice(0, 5).map((violation) => ({
      ...violation,
      message: violation.message.slice(0, 500),
    })),
  }),
});

function checkCaller(token: string | undefined): (call: Call) => boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  if (token === undefined) return (call) => /^(127\.|\[?::1\]?:|\[?::ffff:127\.)/.test(call.getPeer());
  const expected = digest(`Bearer ${token}`);
  return (call) => timingSafeEqual(digest(String(call.metadata.get('authorization')[0] ?? '')), expected);
}

function definitionOf(names: readonly string[]): ServiceDefinition {
  const bytes = (value: Uint8Array): Buffer => Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        path: `/${name}`,
        requestStream: false,
        responseStream: false,
        requestSerialize: bytes,
        requestDeserialize: (value: Buffer) => value,
        responseSerialize: bytes,
        responseDeserialize: (value: Buffer) => value,
      },
    ]),
  );
}
