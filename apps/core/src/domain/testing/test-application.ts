// A running application on a database of its own, with a project, an environment and an admin's grant: what most tests
// of the domain begin with.
import { randomBytes } from 'node:crypto';
import type { CommitRequest } from '@org/contract/gen/flags/v1/admin_service';
import type { Change } from '@org/contract/gen/flags/v1/document';
import type { Result } from '@org/contract';
import type {
  Application,
  Caller,
  EnvironmentGrant,
  RunningApplication,
  ViewName,
} from '../../application.ts';
import { nodeRuntime } from '../../runtime.ts';
import type { SqlDialectName } from '../../store/sql-driver.ts';
import { createApplication, type ApplicationOptions } from '../create-application.ts';
import type { Logger } from '../ports.ts';
import { newDatabase, type TestDatabase } from './test-database.ts';

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export interface TestCore {
  readonly running: RunningApplication;
  readonly application: Application;
  readonly admin: Caller;
}

/** Starts another core on the database. */
export async function startCore(url: string, options: Partial<ApplicationOptions> = {}): Promise<TestCore> {
  const running = await createApplication({
    databaseUrl: url,
    runtime: nodeRuntime,
    randomBytes,
    logger: silentLogger,
    bootstrapAdminKey: adminKey,
    ...options,
  });
  const admin = valueOf(await running.application.access.authenticate(adminKey));
  if (admin === undefined) throw new Error('the admin key is unknown');
  return { running, application: running.application, admin };
}

/** The first admin's key in tests. */
export const adminKey = 'flags_p_admin_0123456789abcdefghijklmnopqrstuvwxyz';

/** A core with an environment "shop/production". */
export interface TestInstallation extends TestCore {
  readonly database: TestDatabase;
  readonly environmentId: string;
  readonly grant: EnvironmentGrant;
  close(): Promise<void>;
}

export async function startInstallation(
  dialect: SqlDialectName = 'sqlite',
  options: Partial<ApplicationOptions> = {},
): Promise<TestInstallation> {
  const database = await newDatabase(dialect);
  const core = await startCore(database.url, options);
  const { access } = core.application;
  valueOf(await access.createProject(core.admin, 'shop', 'Shop'));
  const environment = valueOf(await access.createEnvironment(core.admin, production));
  return {
    ...core,
    database,
    environmentId: environment.id,
    grant: grantOf(core.admin, environment.id),
    async close() {
      await core.running.close();
      await database.remove();
    },
  };
}

const production = { project: 'shop', key: 'production', name: 'Production', allowedOrigins: [] };

/** What `authorize` would give; tests of the domain begin behind it. */
export const grantOf = (caller: Caller, environmentId: string, view: ViewName = 'server'): EnvironmentGrant =>
  ({ caller, environmentId, view }) as unknown as EnvironmentGrant;

/** @throws when the result is a fault */
export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.fault));
  return result.value;
}

/** @throws when the result is no fault */
export function faultOf<T>(result: Result<T>) {
  if (result.ok) throw new Error('a fault was expected');
  return result.fault;
}

export const put = (
  kind: string,
  key: string,
  document: object,
  expectedDocumentRevision?: number,
): Change => ({
  kind,
  key,
  action: { $case: 'document', value: document },
  ...(expectedDocumentRevision !== undefined && { expectedDocumentRevision }),
});

export const remove = (kind: string, key: string, expectedDocumentRevision?: number): Change => ({
  kind,
  key,
  action: { $case: 'delete', value: true },
  ...(expectedDocumentRevision !== undefined && { expectedDocumentRevision }),
});

export const commitOf = (changes: Change[], rest: Partial<CommitRequest> = {}): CommitRequest => ({
  environment: '',
  changes,
  idempotencyKey: '',
  author: 'ada',
  reason: '',
  expectedRevision: undefined,
  dryRun: false,
  ...rest,
});

/** A sound boolean flag. */
export const booleanFlag = (more: object = {}): object => ({
  type: 'boolean',
  enabled: true,
  variants: { on: true, off: false },
  offVariant: 'off',
  default: { variant: 'on' },
  ...more,
});

/** Resolves when the condition holds; the test's own time-out is the limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
