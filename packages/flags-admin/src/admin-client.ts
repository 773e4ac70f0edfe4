// The admin client: installation-wide calls, and the door to each environment.
import { auditCalls, type AuditCalls } from './audit-calls.ts';
import { createCalls, type ListOptions } from './calls.ts';
import { createEnvironmentClient, type EnvironmentClient } from './environment-client.ts';
import { AdminError } from './errors.ts';
import type {
  CreatedKey,
  Environment,
  Identity,
  Key,
  Principal,
  PrincipalKind,
  Project,
  RoleBinding,
} from './model.ts';
import type { Pages } from './pages.ts';
import { systemPlatform, type Platform } from './platform.ts';
import {
  readCreatedKey,
  readEnvironment,
  readIdentity,
  readKey,
  readPrincipal,
  readProject,
} from './read-messages.ts';
import { createTransport, type CallOptions } from './transport.ts';

/** What `createAdminClient` takes. */
export interface AdminClientOptions {
  /** The core's HTTP address, e.g. `http://127.0.0.1:7411`. */
  readonly url: string;
  /** A principal's key. */
  readonly key: string;
  /** Of one attempt; default 10,000. */
  readonly timeoutMs?: number;
  /** Attempts of a call that is safe to repeat, 1 to 20; default 4. */
  readonly attemptsMax?: number;
}

/** A client of an installation. Rejects with the errors of this package, and with nothing else but an abort's reason. */
export interface AdminClient extends AuditCalls {
  /** Whose key this is. */
  whoAmI(options?: CallOptions): Promise<Identity>;
  /** A client of one environment: `project/environment` or its id. `author`: on whose behalf its changes are made. */
  environment(environment: string, options?: { readonly author?: string }): EnvironmentClient;
  createProject(
    project: { readonly key: string; readonly name?: string },
    options?: CallOptions,
  ): Promise<Project>;
  projects(options?: ListOptions): Pages<Project>;
  createEnvironment(
    environment: {
      readonly project: string;
      readonly key: string;
      readonly name?: string;
      readonly allowedOrigins?: readonly string[];
    },
    options?: CallOptions,
  ): Promise<Environment>;
  /** What is left out stays as it is. */
  updateEnvironment(
    environment: string,
    change: { readonly name?: string; readonly allowedOrigins?: readonly string[] },
    options?: CallOptions,
  ): Promise<Environment>;
  /** Those that the caller may see, of one project or of all. */
  environments(options?: ListOptions & { readonly project?: string }): Pages<Environment>;
  createPrincipal(
    principal: {
      readonly name: string;
      readonly kind: PrincipalKind;
      readonly roles: readonly RoleBinding[];
    },
    options?: CallOptions,
  ): Promise<Principal>;
  /** Replaces the principal's roles, and can disable it. */
  updatePrincipal(
    id: string,
    change: { readonly roles: readonly RoleBinding[]; readonly disabled?: boolean },
    options?: CallOptions,
  ): Promise<Principal>;
  principals(options?: ListOptions): Pages<Principal>;
  createPrincipalKey(
    principalId: string,
    options?: CallOptions & { readonly name?: string; readonly expiresAt?: string },
  ): Promise<CreatedKey>;
  /** Every key of the installation. */
  keys(options?: ListOptions): Pages<Key>;
  revokeKey(keyId: string, options?: CallOptions): Promise<Key>;
}

const attemptsLimit = 20;
const timeoutLimitMs = 600_000;

/** Makes a client; connects to nothing yet. @throws AdminError INVALID_OPTIONS, which names the option */
export const createAdminClient = (options: AdminClientOptions): AdminClient =>
  startAdminClient(options, systemPlatform);

/** The same on another platform, for tests. @throws AdminError INVALID_OPTIONS */
export function startAdminClient(options: AdminClientOptions, platform: Platform): AdminClient {
  const call = createTransport(checkOptions(options), platform);
  const calls = createCalls(call);
  const { ask, make, pages } = calls;

  return {
    ...auditCalls(calls),
    whoAmI: async (given) => readIdentity(await ask('AccessService/WhoAmI', {}, given)),
    environment: (environment, { author = '' } = {}) =>
      createEnvironmentClient({ environment, author, call, unique: platform.unique }),
    createProject: async (project, given) =>
      readProject(await make('AccessService/CreateProject', project, given)),
    projects: (given) => pages('AccessService/ListProjects', 'projects', readProject, { ...given }),
    createEnvironment: async (environment, given) =>
      readEnvironment(await make('AccessService/CreateEnvironment', environment, given)),
    updateEnvironment: async (environment, { name, allowedOrigins }, given) => {
      const origins = allowedOrigins && { origins: allowedOrigins };
      const request = { environment, name, allowedOrigins: origins };
      return readEnvironment(await ask('AccessService/UpdateEnvironment', request, given));
    },
    environments: (given) =>
      pages('AccessService/ListEnvironments', 'environments', readEnvironment, { ...given }),
    createPrincipal: async ({ name, kind, roles }, given) => {
      const request = { name, kind: `PRINCIPAL_KIND_${kind.toUpperCase()}`, roles: roles.map(wireRole) };
      return readPrincipal(await make('AccessService/CreatePrincipal', request, given));
    },
    updatePrincipal: async (id, { roles, disabled = false }, given) =>
      readPrincipal(
        await ask('AccessService/UpdatePrincipal', { id, roles: roles.map(wireRole), disabled }, given),
      ),
    principals: (given) => pages('AccessService/ListPrincipals', 'principals', readPrincipal, { ...given }),
    createPrincipalKey: async (principalId, { signal, ...given } = {}) =>
      readCreatedKey(await make('AccessService/CreatePrincipalKey', { principalId, ...given }, { signal })),
    keys: (given) => pages('AccessService/ListKeys', 'keys', readKey, { ...given }),
    revokeKey: async (keyId, given) => readKey(await ask('AccessService/RevokeKey', { keyId }, given)),
  };
}

const wireRole = ({ scope, role }: RoleBinding): object => ({ scope, role: `ROLE_${role.toUpperCase()}` });

function checkOptions({ url, key, timeoutMs = 10_000, attemptsMax = 4 }: AdminClientOptions) {
  const refuse = (what: string): never => {
    throw new AdminError(what, { reason: 'INVALID_OPTIONS', status: 0 });
  };
  const parsed = URL.canParse(url) ? new URL(url) : refuse('url: "http://host:port" or "https://host:port"');
  if (!['http:', 'https:'].includes(parsed.protocol) || parsed.username || parsed.search || parsed.hash)
    refuse('url: http or https, without user, query and fragment');
  // Printable text, because it stands in a header.
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,512}$/.test(key)) refuse('key: a key, "flags_p_…"');
  if (!(timeoutMs >= 1 && timeoutMs <= timeoutLimitMs)) refuse(`timeoutMs: 1 to ${timeoutLimitMs}`);
  if (!(attemptsMax >= 1 && attemptsMax <= attemptsLimit)) refuse(`attemptsMax: 1 to ${attemptsLimit}`);
  return { url: url.replace(/\/+$/, ''), key, timeoutMs, attemptsMax };
}
