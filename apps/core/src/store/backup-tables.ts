// What a backup holds: the tables of the main database with their columns, in an order that fulfils the references
// between them. The event log, deltas, leases and the fleet are not in it: they are copied by other means or made anew.

export interface BackupTable {
  readonly name: string;
  /** The first `keyCount` columns are the primary key. */
  readonly columns: readonly string[];
  readonly keyCount: number;
  /** The version of the tables that brought it: older backups have none. */
  readonly since: number;
}

const table = (name: string, keyCount: number, columns: string, since = 1): BackupTable => ({
  name,
  keyCount,
  columns: columns.split(' '),
  since,
});

export const backupTables: readonly BackupTable[] = [
  table('installation', 1, 'id access_version audit_sequence audit_hash'),
  table('projects', 1, 'key name created_at_ms'),
  table(
    'environments',
    1,
    'id project_key key name allowed_origins created_at_ms history_id revision server_hash client_hash',
  ),
  table('documents', 3, 'environment_id kind key revision json flag_type created_at_ms changed_at_ms'),
  table(
    'revisions',
    2,
    'environment_id revision committed_at_ms principal_id principal_name author reason idempotency_key',
  ),
  table(
    'changes',
    4,
    'environment_id revision kind key before_json before_revision before_created_at_ms after_json',
  ),
  table('idempotency', 2, 'environment_id key request_hash revision unchanged'),
  table('principals', 1, 'id name kind disabled created_at_ms'),
  table('role_bindings', 2, 'principal_id scope role'),
  table(
    'access_keys',
    1,
    'id kind name secret_sha256 principal_id environment_id created_at_ms expires_at_ms revoked_at_ms',
  ),
  table('list_chunks', 2, 'environment_id name content', 5),
  table('flag_usage', 3, 'environment_id flag_key variant evaluations last_ms', 4),
  table('usage_counting', 1, 'id since_ms', 4),
  table('controller_status', 3, 'environment_id kind key status', 6),
  table('rollout_metrics', 3, 'environment_id key metric value at_ms', 6),
  table(
    'change_requests',
    2,
    'environment_id number is_open apply_at_ms idempotency_key request_hash body',
    7,
  ),
  table('annotations', 2, 'environment_id number revision text author principal_id principal_name at_ms', 7),
  table('alert_silences', 2, 'environment_id id alert_key from_ms until_ms author reason', 8),
  table('alert_acknowledgements', 2, 'environment_id incident_id author at_ms', 8),
  table('audit', 1, 'sequence at_ms actor_key_id actor_principal_id action target details hash'),
];

/** Tables that a restore makes anew, empty. */
export const transientTables = [
  'deltas',
  'publications',
  'leases',
  'fleet',
  'list_parts',
  'call_reports',
  'alert_counts',
  'alert_deliveries',
] as const;
