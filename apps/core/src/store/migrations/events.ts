// Steps of the event log: batches in the order of acceptance, and what was seen of each SDK instance.
import type { Migration } from '../migrations.ts';

const eventLog = [
  // One row: the position of the newest batch. Its row lock orders the log without gaps.
  `CREATE TABLE event_log (id BIGINT PRIMARY KEY CHECK (id = 1), position BIGINT NOT NULL)`,
  `INSERT INTO event_log (id, position) VALUES (1, 0)`,
  // batch = protobuf of flags.v1.RecordRequest.
  `CREATE TABLE event_batches (
    position BIGINT PRIMARY KEY,
    environment_id TEXT NOT NULL,
    instance_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    received_at_ms BIGINT NOT NULL,
    key_id TEXT NOT NULL,
    batch {bytes} NOT NULL,
    UNIQUE (environment_id, instance_id, sequence)
  )`,
  // highest = the highest sequence seen; gaps = JSON list of [from, to] not yet seen below it, inside the window.
  `CREATE TABLE event_instances (
    environment_id TEXT NOT NULL,
    instance_id TEXT NOT NULL,
    highest BIGINT NOT NULL,
    gaps TEXT NOT NULL,
    refused BIGINT NOT NULL,
    seen_at_ms BIGINT NOT NULL,
    PRIMARY KEY (environment_id, instance_id)
  )`,
];

export const eventMigrations: readonly Migration[] = [
  { version: 1, name: 'event log', statements: () => eventLog },
];
