// Who may do what on our NATS: one operator, one account for the product, one system account. Mints the credentials of
// the core and the short-lived ones of SDK keys. Seeds stay in this process and the authority's file.
import { encodeAccount, encodeOperator, encodeUser, type Permissions } from '@nats-io/jwt';
import { PushError } from './errors.ts';
import { createNkey, deriveNkey, nkeyFromSeed, type Nkey } from './nkey.ts';
import { deltaSubject, heartbeatSubject } from './subjects.ts';

/** Longest life of an SDK's credentials (docs/spec/wire.md). */
export const listenerLifetimeMsMax = 15 * 60_000;

/**
 * The secrets an authority is made from. With the account alone it mints users, but cannot revoke them. With `open` it
 * gives no credentials at all: for servers that ask for none, where every client may read and publish everything.
 */
export type AuthoritySeeds = AccountSeeds | { readonly open: true };

/** Secrets of an account of our own, and of the operator and system account above it where they are ours, too. */
export interface AccountSeeds {
  readonly account: string;
  readonly operator?: string;
  readonly system?: string;
  /** JWTs from when the authority was made: servers keep a newer one they were sent. */
  readonly operatorJwt?: string;
  readonly accountJwt?: string;
  readonly systemJwt?: string;
}

/** A user's right to connect. */
export interface UserCredentials {
  readonly jwt: string;
  readonly seed: string;
}

/** What an SDK needs to listen to one environment; the shape of `flags.v1.NatsAccess` without servers. */
export interface ListenerCredentials extends UserCredentials {
  readonly inboxPrefix: string;
  readonly deltaSubject: string;
  readonly heartbeatSubject: string;
  readonly expiresAtMs: number;
}

/** Whom an SDK's credentials are for. */
export interface ListenerRequest {
  readonly environmentId: string;
  readonly keyId: string;
  /** Unix milliseconds now. */
  readonly nowMs: number;
  /** At most 15 minutes, which is the default. */
  readonly lifetimeMs?: number;
}

/** Mints credentials. */
export interface NatsAuthority {
  readonly seeds: AuthoritySeeds;
  /** Empty for an open one. */
  readonly accountId: string;
  readonly systemAccountId: string | undefined;
  /** Whether revocations can be told to the servers. */
  readonly canRevoke: boolean;
  /** Credentials of a core: publishes, manages streams. Do not expire; never leave the core. */
  coreCredentials(): Promise<UserCredentials>;
  /** Credentials for `$SYS`; undefined when the system account is somebody else's. */
  systemCredentials(): Promise<UserCredentials | undefined>;
  /** Credentials that may listen to one environment and do nothing else. */
  listenerCredentials(request: ListenerRequest): Promise<ListenerCredentials>;
  /** Public key all credentials of this SDK key were made for, for revoking them. */
  listenerUserId(keyId: string): string;
  /** The account's JWT with these users revoked (Unix seconds per public key); undefined without the operator's seed. */
  accountJwt(revocations: Readonly<Record<string, number>>): Promise<string | undefined>;
}

/** New secrets with their JWTs: for a server of our own. Keep them: other seeds are another installation. */
export async function createAuthoritySeeds(): Promise<AccountSeeds> {
  const [operator, account, system] = [createNkey('operator'), createNkey('account'), createNkey('account')];
  const signer = { signer: operator };
  const systemAccountId = system.getPublicKey();
  return {
    operator: operator.seed,
    account: account.seed,
    system: system.seed,
    operatorJwt: await encodeOperator('flags', operator, { system_account: systemAccountId }),
    accountJwt: await encodeAccount('flags', account, accountClaims({}), signer),
    systemJwt: await encodeAccount('flags-system', system, { limits: connectionLimits }, signer),
  };
}

/**
 * An authority over the given secrets.
 *
 * @throws PushError when a seed is none.
 */
export function createNatsAuthority(seeds: AuthoritySeeds): NatsAuthority {
  return 'open' in seeds ? openAuthority(seeds) : accountAuthority(seeds);
}

const noCredentials: UserCredentials = { jwt: '', seed: '' };

function openAuthority(seeds: AuthoritySeeds): NatsAuthority {
  return {
    seeds,
    accountId: '',
    systemAccountId: undefined,
    canRevoke: false,
    coreCredentials: () => Promise.resolve(noCredentials),
    systemCredentials: () => Promise.resolve(undefined),
    listenerCredentials: ({ environmentId, nowMs }) =>
      Promise.resolve({
        ...noCredentials,
        inboxPrefix: '_INBOX',
        deltaSubject: deltaSubject(environmentId),
        heartbeatSubject: heartbeatSubject(environmentId),
        expiresAtMs: nowMs + listenerLifetimeMsMax,
      }),
    listenerUserId: () => '',
    accountJwt: () => Promise.resolve(undefined),
  };
}

function accountAuthority(seeds: AccountSeeds): NatsAuthority {
  const account = nkeyFromSeed(seeds.account);
  const operator = seeds.operator === undefined ? undefined : nkeyFromSeed(seeds.operator);
  const system = seeds.system === undefined ? undefined : nkeyFromSeed(seeds.system);
  const listenerKey = (keyId: string): Nkey => deriveNkey('user', seeds.account, keyId);
  return {
    seeds,
    accountId: account.getPublicKey(),
    systemAccountId: system?.getPublicKey(),
    canRevoke: operator !== undefined && system !== undefined,
    coreCredentials: () => mint('core', createNkey('user'), account, corePermissions),
    systemCredentials: async () =>
      system === undefined ? undefined : mint('core', createNkey('user'), system, {}),
    listenerCredentials: (request) => listenerCredentials(request, listenerKey(request.keyId), account),
    listenerUserId: (keyId) => listenerKey(keyId).getPublicKey(),
    accountJwt: async (revocations) =>
      operator === undefined
        ? undefined
        : encodeAccount('flags', account, accountClaims(revocations), { signer: operator }),
  };
}

const corePermissions: Permissions = {
  pub: { allow: ['flags.>', '$JS.API.>', '$JS.ACK.>'] },
  sub: { allow: ['flags.>', '_INBOX.>'] },
};

/** No limit besides the server's own. */
const unlimited = -1;
const connectionLimits = {
  subs: unlimited,
  data: unlimited,
  payload: unlimited,
  conn: unlimited,
  leaf: 0,
  imports: 0,
  exports: 0,
  wildcards: false,
};

/** JetStream is off for an account unless its limits allow it. */
function accountClaims(revocations: Readonly<Record<string, number>>): Parameters<typeof encodeAccount>[2] {
  return {
    limits: {
      ...connectionLimits,
      mem_storage: 0,
      disk_storage: unlimited,
      streams: unlimited,
      consumer: unlimited,
    },
    // A user without permissions of its own may do nothing.
    default_permissions: { pub: { deny: ['>'] }, sub: { deny: ['>'] } },
    revocations,
  };
}

async function listenerCredentials(
  request: ListenerRequest,
  user: Nkey,
  account: Nkey,
): Promise<ListenerCredentials> {
  const lifetimeMs = Math.min(request.lifetimeMs ?? listenerLifetimeMsMax, listenerLifetimeMsMax);
  if (!(lifetimeMs >= 1_000)) throw new PushError('INVALID', 'credentials must live for a second at least');
  const expiresAtSeconds = Math.floor((request.nowMs + lifetimeMs) / 1_000);
  const inboxPrefix = `_INBOX_${user.getPublicKey().slice(1, 25)}`;
  const subjects = {
    deltaSubject: deltaSubject(request.environmentId),
    heartbeatSubject: heartbeatSubject(request.environmentId),
  };
  const permissions: Permissions = {
    pub: { deny: ['>'] },
    sub: { allow: [subjects.deltaSubject, subjects.heartbeatSubject, `${inboxPrefix}.>`] },
  };
  const credentials = await mint(request.keyId, user, account, permissions, expiresAtSeconds);
  return { ...credentials, ...subjects, inboxPrefix, expiresAtMs: expiresAtSeconds * 1_000 };
}

async function mint(
  name: string,
  user: Nkey,
  account: Nkey,
  permissions: Permissions,
  expiresAtSeconds?: number,
): Promise<UserCredentials> {
  const expiry = expiresAtSeconds === undefined ? {} : { exp: expiresAtSeconds };
  return { jwt: await encodeUser(name, user, account, permissions, expiry), seed: user.seed };
}
