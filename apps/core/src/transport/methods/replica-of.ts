// The replica behind a grant.
import { fail, succeed } from '@org/contract';
import type { Result } from '@org/contract';
import type { Application, EnvironmentGrant, EnvironmentReplica } from '../../application.ts';

/** A replica that is not loaded yet is a passing fault, not a missing environment: the grant proves that it exists. */
export function replicaOf(application: Application, grant: EnvironmentGrant): Result<EnvironmentReplica> {
  const replica = application.environments.replica(grant.environmentId);
  return replica === undefined
    ? fail('STORE_UNAVAILABLE', 'The environment is not loaded yet.', { retryAfterMs: 1_000 })
    : succeed(replica);
}
