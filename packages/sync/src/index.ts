// The public face of @org/sync: hashes, and the client's state machine (docs/spec/wire.md). Pure: no I/O, clock or random.
export * from './canonical-json.ts';
export * from './driver.ts';
export * from './hash.ts';
export * from './machine.ts';
export * from './replica.ts';
export * from './types.ts';
