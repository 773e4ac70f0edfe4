// The port between the client and the ways a change can reach it. Types only.
import type { SyncDelta, SyncSnapshot, Position } from '@org/sync';
import type { FlagsError } from '../errors.ts';
import type { Session } from '../grpc/session.ts';
import type { Instance } from '@org/contract/gen/flags/v1/sync_service';

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

/** One way to hear of changes. */
export interface PushChannel {
  /** Opens it beside an open session; the returned function closes it without a further word. */
  open(session: Session, position: Position | undefined, listener: PushListener): () => void;
}
