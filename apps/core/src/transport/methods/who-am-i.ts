// Tells a caller who it is: its key, its principal, or the environment of its SDK key.
import type { Result } from '@org/contract';
import { succeed } from '@org/contract';
import type { Environment, WhoAmIResponse } from '@org/contract/gen/flags/v1/access_service';
import type { Application, Caller } from '../../application.ts';

/** Never asks the store: it answers in an outage too. */
export function whoAmI({ access }: Application, caller: Caller): Result<WhoAmIResponse> {
  const { keyId, keyKind, principal, environmentId } = caller;
  const environment = environmentId === undefined ? undefined : access.environment(environmentId);
  const isPublic = keyKind === 'KEY_KIND_CLIENT';
  return succeed({
    keyId,
    keyKind,
    principal,
    environment: isPublic ? withoutOrigins(environment) : environment,
  });
}

/** Where else a site runs is not for every visitor of it. */
function withoutOrigins(environment: Environment | undefined): Environment | undefined {
  return environment === undefined ? undefined : { ...environment, allowedOrigins: [] };
}
