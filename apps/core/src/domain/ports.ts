// What the domain needs from outside besides the database. Types only.
import type { Runtime } from '../runtime.ts';

export type { Runtime };

/** Structured logging; pino's shape. Never called with keys, contexts or documents. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Random bytes that nobody can guess, for ids and keys. */
export type RandomBytes = (count: number) => Uint8Array;

/** One delta for the push channel. */
export interface DeltaPublication {
  readonly environmentId: string;
  readonly historyId: string;
  readonly revision: number;
  /** Protobuf of flags.v1.Delta, server view. */
  readonly payload: Uint8Array;
}

/** The push channel's publishing side. A rejection means that the outcome is not known: the same call is repeated. */
export interface DeltaPublisher {
  /** `fenced`: a later revision is there already, or another core publishes; nobody received it. */
  publish(delta: DeltaPublication): Promise<'accepted' | 'duplicate' | 'fenced'>;
  /** Whether the channel is connected; left out: that cannot be told. */
  isUp?(): boolean;
  /** Now or not at all. */
  heartbeat(environmentId: string, payload: Uint8Array): void;
}
