// The event log in JetStream: its writer (the core) and its reader (analytics); and what its readers share.
export { createEventLogWriter } from './writer.ts';
export type { BatchToAppend, EventLogWriter, EventLogWriterOptions } from './writer.ts';
export { openJetStreamLog } from './reader.ts';
export type { EventLogReaderOptions, JetStreamLogReader, LoggedBatch } from './reader.ts';
export type { EventStreamSettings } from './stream.ts';
export { openSharedMap } from './shared-map.ts';
export type { SharedMap, SharedText } from './shared-map.ts';
