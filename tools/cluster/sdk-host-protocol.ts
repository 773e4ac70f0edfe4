// What a test and an SDK host process say to each other. Types only.
import type { Sighting } from './history.ts';

/** To the host. */
export type HostRequest =
  | { readonly type: 'open'; readonly options: HostOptions }
  /** Answered with `sightings`, which are forgotten then. */
  | { readonly type: 'sightings' }
  /** Answered with `positions`. */
  | { readonly type: 'positions' }
  /** Blocks the event loop. */
  | { readonly type: 'block'; readonly durationMs: number }
  | { readonly type: 'close' };

/** From the host. */
export type HostAnswer =
  | { readonly type: 'opened' | 'blocked' | 'closed' }
  | { readonly type: 'sightings'; readonly sightings: readonly Sighting[] }
  | { readonly type: 'positions'; readonly positions: readonly Position[] };

/** Where a client stands. */
export interface Position {
  readonly client: string;
  readonly state: string;
  readonly revision: number;
  readonly hash: string;
  /** What the pair of flags answers. */
  readonly first: number;
  readonly second: number;
}

/** The clients of a host. */
export interface HostOptions {
  readonly name: string;
  readonly clients: number;
  readonly urls: readonly string[];
  readonly key: string;
  readonly transport: 'auto' | 'grpc' | 'nats';
  /** Folder for stored snapshots; each client has one of its own in it. */
  readonly cacheDirectory?: string;
  /** Waits for the first state of each client; else answers `opened` at once. */
  readonly waitForReady: boolean;
}
