// One transport under measurement: its clients, and how a change is made that reaches all of them.
import type { Fanout } from './protocol.ts';

/** A transport. */
export interface Lane {
  readonly transport: 'raw-nats' | 'nats' | 'grpc';
  readonly clients: Fanout;
  /** Makes one change; answers with the mark under which clients see it. */
  change(number: number): Promise<number>;
  /** Whether every client holds what the core holds; undefined where there is nothing to hold. */
  hashesEqual(): Promise<boolean | undefined>;
  close(): Promise<void>;
}
