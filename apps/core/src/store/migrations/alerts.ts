// The tables of alerts: counts by minute, silences, acknowledgements, and what is on its way to channels.

export const alerts: readonly string[] = [
  // What alerts watch, by minute of the core's clock. Kept for some hours.
  `CREATE TABLE alert_counts (
    environment_id TEXT NOT NULL REFERENCES environments (id),
    subject TEXT NOT NULL,
    minute BIGINT NOT NULL,
    label TEXT NOT NULL,
    amount DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (environment_id, subject, minute, label)
  )`,
  // An empty key: all alerts of the environment.
  `CREATE TABLE alert_silences (
    environment_id TEXT NOT NULL REFERENCES environments (id),
    id TEXT NOT NULL,
    alert_key TEXT NOT NULL,
    from_ms BIGINT NOT NULL,
    until_ms BIGINT NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (environment_id, id)
  )`,
  `CREATE TABLE alert_acknowledgements (
    environment_id TEXT NOT NULL REFERENCES environments (id),
    incident_id TEXT NOT NULL,
    author TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (environment_id, incident_id)
  )`,
  // One row for each notice and channel: written with the state that leads to it, sent until it arrives.
  `CREATE TABLE alert_deliveries (
    environment_id TEXT NOT NULL REFERENCES environments (id),
    id TEXT NOT NULL,
    channel TEXT NOT NULL,
    alert_key TEXT NOT NULL,
    event TEXT NOT NULL,
    message TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    problem TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (environment_id, id, channel)
  )`,
  `CREATE INDEX alert_deliveries_due ON alert_deliveries (state, due_ms)`,
];
