// Asks the other analytics processes about their partitions, over gRPC, with the token that cores show, too. Messages are
// V8's own serialisation, which keeps every bit of a number: only processes that know the token read each other's.
import { deserialize, serialize } from 'node:v8';
import { Client, Metadata, status, type ChannelCredentials } from '@grpc/grpc-js';
import type { Fault } from '@org/contract';
import { FaultError, partitionsAway } from './fault-error.ts';
import type { PartMethod, PartQuestions } from './gather.ts';

/** Beside the contract: from one analytics process to another. */
export const askPath = 'flags.analytics.v1.Peers/Ask';
/** Shares of a partition with millions of values. */
export const peerBytesMax = 256 * 1024 * 1024;
const answerMsMax = 120_000;

/** A question as it travels. */
export interface PeerQuestion<M extends PartMethod = PartMethod> {
  readonly method: M;
  readonly parts: readonly number[];
  readonly ask: PartQuestions[M]['ask'];
}

export interface Peers {
  /** @throws FaultError what the other one answered; or that it is away. */
  ask<M extends PartMethod>(address: string, question: PeerQuestion<M>): Promise<PartQuestions[M]['answer']>;
  close(): void;
}

/** Connects when somebody is asked. */
export function createPeers(settings: {
  readonly token: string | undefined;
  readonly credentials: ChannelCredentials;
}): Peers {
  const clients = new Map<string, Client>();
  const clientOf = (address: string): Client => {
    const known = clients.get(address);
    if (known !== undefined) return known;
    const client = new Client(address, settings.credentials, {
      'grpc.max_receive_message_length': peerBytesMax,
      'grpc.max_send_message_length': peerBytesMax,
      'grpc.max_reconnect_backoff_ms': 2_000,
    });
    clients.set(address, client);
    return client;
  };
  return {
    ask: (address, question) =>
      new Promise((resolve, reject) => {
        const metadata = new Metadata();
        if (settings.token !== undefined) metadata.set('authorization', `Bearer ${settings.token}`);
        const asItIs = (bytes: Buffer): Buffer => bytes;
        const options = { deadline: Date.now() + answerMsMax };
        const request = serialize(question);
        clientOf(address).makeUnaryRequest(
          `/${askPath}`,
          asItIs,
          asItIs,
          request,
          metadata,
          options,
          (error, answer) => {
            if (error === null) return resolve(deserialize(answer!) as never);
            const [whole] = error.metadata.get('flags-fault-bin');
            if (whole !== undefined) return reject(new FaultError(JSON.parse(String(whole)) as Fault));
            const why = error.code === status.UNAUTHENTICATED ? 'does not take our token' : 'does not answer';
            reject(
              partitionsAway(`The analytics process at ${address} ${why}; it holds some of the partitions.`),
            );
          },
        );
      }),
    close() {
      for (const client of clients.values()) client.close();
    },
  };
}
