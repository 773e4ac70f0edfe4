// The part of @org/sync that browsers use: the stream machine, its replica, the hash of stored text.
export { hash64, hex8 } from '../hash.ts';
export type { ReplicaEvaluator } from '../replica.ts';
export type { Position, SyncDelta, SyncSnapshot, SyncStatus } from '../types.ts';
export * from './stream-machine.ts';
export * from './stream-replica.ts';
