// The port between the client and the ways a change can reach it. Types only.
import type { Instance } from '@org/contract/gen/flags/v1/sync_service';
import type { Position, SyncDelta, SyncSnapshot } from '@org/sync';
import type { FlagsError } from '../errors.ts';
import type { Session } from '../grpc/session.ts';

/** What a push channel tells. Nothing after `closed`. */
export interface PushListener {
  /** `resumes`: what is missing comes by itself; else it has to be fetched. */
  connected(resumes: boolean): void;
  snapshot(snapshot: SyncSnapshot): void;
  delta(delta: SyncDelta): void;
  heartbeat(head: Position): void;
  /** Once, when the channel ended by itself. */
  closed(error: FlagsError | undefined): void;
}

/** Who listens, and where. `environment` is empty for SDK keys: their environment is the key's. */
export interface Subscriber {
  readonly environment: string;
  readonly instance: Instance;
}

/** What a channel needs of the client. */
export interface PushSurroundings {
  /** The session to the core; undefined while there is none. */
  session(): Session | undefined;
  /** What the client runs now. */
  position(): Position | undefined;
}

/** An open channel. */
export interface OpenChannel {
  /** Whether changes go on arriving although the session ended. */
  survives(): boolean;
  /** Without a further word to the listener. */
  close(): void;
}

/** One way to hear of changes. */
export interface PushChannel {
  open(surroundings: PushSurroundings, listener: PushListener): OpenChannel;
}
