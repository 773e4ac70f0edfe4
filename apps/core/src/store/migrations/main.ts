// Steps of the main database: environments and their history, access, leases. Meaning of the columns: the stores.
import { alerts } from './alerts.ts';
import type { Migration } from '../migrations.ts';
import { appendOnly } from './append-only.ts';

const environments = [
  // One row. access_version grows with every change of access, so that cores know when to read it again.
  `CREATE TABLE installation (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    access_version BIGINT NOT NULL,
    audit_sequence BIGINT NOT NULL,
    audit_hash TEXT NOT NULL
  )`,
  `INSERT INTO installation (id, access_version, audit_sequence, audit_hash) VALUES (1, 0, 0, '')`,
  `CREATE TABLE projects (key TEXT PRIMARY KEY, name TEXT NOT NULL, created_at_ms BIGINT NOT NULL)`,
  // The head of every environment; its row lock orders the environment's commits.
  `CREATE TABLE environments (
    id TEXT PRIMARY KEY,
    project_key TEXT NOT NULL REFERENCES projects (key),
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    allowed_origins TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    history_id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    server_hash TEXT NOT NULL,
    client_hash TEXT NOT NULL,
    UNIQUE (project_key, key)
  )`,
  // The live documents. flag_type is the type of a flag, for the rule of one type per key in a project.
  `CREATE TABLE documents (
    environment_id TEXT NOT NULL REFERENCES environments (id),
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    revision BIGINT NOT NULL,
    json TEXT NOT NULL,
    flag_type TEXT,
    created_at_ms BIGINT NOT NULL,
    changed_at_ms BIGINT NOT NULL,
    PRIMARY KEY (environment_id, kind, key)
  )`,
  `CREATE INDEX documents_by_key ON documents (kind, key)`,
];

const history = [
  `CREATE TABLE revisions (
    environment_id TEXT NOT NULL REFERENCES environments (id),
    revision BIGINT NOT NULL,
    committed_at_ms BIGINT NOT NULL,
    principal_id TEXT NOT NULL,
    principal_name TEXT NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    PRIMARY KEY (environment_id, revision)
  )`,
  `CREATE TABLE changes (
    environment_id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    before_json TEXT,
    before_revision BIGINT NOT NULL,
    before_created_at_ms BIGINT,
    after_json TEXT,
    PRIMARY KEY (environment_id, revision, kind, key)
  )`,
  `CREATE INDEX changes_by_document ON changes (environment_id, kind, key, revision)`,
  `CREATE TABLE idempotency (
    environment_id TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    revision BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    PRIMARY KEY (environment_id, key)
  )`,
  // The outbox: what goes to the push channel, and what cores hold for reconnecting clients. Protobuf of flags.v1.Delta.
  `CREATE TABLE deltas (
    environment_id TEXT NOT NULL,
    history_id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    server_delta {bytes} NOT NULL,
    client_delta {bytes} NOT NULL,
    PRIMARY KEY (environment_id, history_id, revision)
  )`,
  // How far the push channel has accepted an environment's deltas.
  `CREATE TABLE publications (
    environment_id TEXT NOT NULL,
    history_id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (environment_id, history_id)
  )`,
  `CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL
  )`,
];

const access = [
  `CREATE TABLE principals (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    disabled BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL
  )`,
  `CREATE TABLE role_bindings (
    principal_id TEXT NOT NULL REFERENCES principals (id),
    scope TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (principal_id, scope)
  )`,
  // Of a key only its SHA-256 is kept.
  `CREATE TABLE access_keys (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    secret_sha256 TEXT NOT NULL UNIQUE,
    principal_id TEXT REFERENCES principals (id),
    environment_id TEXT REFERENCES environments (id),
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT,
    revoked_at_ms BIGINT
  )`,
  // hash = SHA-256 over the row before and this row: a removed or altered row shows.
  `CREATE TABLE audit (
    sequence BIGINT PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    actor_key_id TEXT NOT NULL,
    actor_principal_id TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    details TEXT NOT NULL,
    hash TEXT NOT NULL
  )`,
  // What one core knows of the running SDKs of an environment: JSON, replaced as a whole.
  `CREATE TABLE fleet (
    core_id TEXT NOT NULL,
    environment_id TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    members TEXT NOT NULL,
    PRIMARY KEY (core_id, environment_id)
  )`,
];

const usage = [
  // Evaluations by flag and variant ("" is the caller's default), added up.
  `CREATE TABLE flag_usage (
    environment_id TEXT NOT NULL,
    flag_key TEXT NOT NULL,
    variant TEXT NOT NULL,
    evaluations BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    PRIMARY KEY (environment_id, flag_key, variant)
  )`,
  // One row: when counting began.
  `CREATE TABLE usage_counting (id BIGINT PRIMARY KEY CHECK (id = 1), since_ms BIGINT NOT NULL)`,
];

const lists = [
  // Chunks of lists: base64 of sorted hashes, by their SHA-256. Documents of all revisions name them.
  `CREATE TABLE list_chunks (
    environment_id TEXT NOT NULL REFERENCES environments (id),
    name TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (environment_id, name)
  )`,
  // Uploads on their way: base64 of hashes.
  `CREATE TABLE list_parts (
    environment_id TEXT NOT NULL REFERENCES environments (id),
    upload TEXT NOT NULL,
    part BIGINT NOT NULL,
    hashes TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (environment_id, upload, part)
  )`,
];

const controllers = [
  // What cores were told of guarded calls and no runner has counted yet: JSON, each row counted once.
  `CREATE TABLE call_reports (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environments (id),
    at_ms BIGINT NOT NULL,
    reports TEXT NOT NULL
  )`,
  // What controllers know beside their documents: JSON.
  `CREATE TABLE controller_status (
    environment_id TEXT NOT NULL REFERENCES environments (id),
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (environment_id, kind, key)
  )`,
  // Numbers that were told to a rollout (UpdateMetrics): the latest of each.
  `CREATE TABLE rollout_metrics (
    environment_id TEXT NOT NULL REFERENCES environments (id),
    key TEXT NOT NULL,
    metric TEXT NOT NULL,
    value TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (environment_id, key, metric)
  )`,
];

const requests = [
  // Body: JSON. Closed ones stay: they tell who approved what.
  `CREATE TABLE change_requests (
    environment_id TEXT NOT NULL REFERENCES environments (id),
    number BIGINT NOT NULL,
    is_open BIGINT NOT NULL,
    apply_at_ms BIGINT,
    idempotency_key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (environment_id, number)
  )`,
  `CREATE INDEX change_requests_by_key ON change_requests (environment_id, idempotency_key)`,
  `CREATE INDEX change_requests_by_time ON change_requests (apply_at_ms)`,
  `CREATE TABLE annotations (
    environment_id TEXT NOT NULL REFERENCES environments (id),
    number BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    text TEXT NOT NULL,
    author TEXT NOT NULL,
    principal_id TEXT NOT NULL,
    principal_name TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (environment_id, number)
  )`,
];

export const mainMigrations: readonly Migration[] = [
  { version: 1, name: 'environments and history', statements: () => [...environments, ...history] },
  { version: 2, name: 'access', statements: () => access },
  {
    version: 3,
    name: 'append-only tables',
    statements: (dialect) => ['revisions', 'changes', 'audit'].flatMap((table) => appendOnly(dialect, table)),
  },
  { version: 4, name: 'evaluation counts', statements: () => usage },
  { version: 5, name: 'lists', statements: () => lists },
  { version: 6, name: 'controllers', statements: () => controllers },
  {
    version: 7,
    name: 'change requests',
    statements: (dialect) => [...requests, ...appendOnly(dialect, 'annotations')],
  },
  { version: 8, name: 'alerts', statements: () => alerts },
];
