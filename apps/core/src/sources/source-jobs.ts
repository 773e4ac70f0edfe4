// Sources as jobs of the runner, one each: a slow repository holds up no folder. And what callers are told of them.
import { succeed } from '@org/contract';
import type { Application } from '../application.ts';
import type { CommitService } from '../domain/commit/commit-service.ts';
import type { Replica } from '../domain/environment/replica.ts';
import type { Logger, Runtime } from '../domain/ports.ts';
import type { LeasedJob } from '../runner/leased-jobs.ts';
import { assertLease, type DatabaseClock } from '../store/lease-store.ts';
import { readSourceStatuses, releaseSources } from '../store/source-store.ts';
import type { SqlDriver } from '../store/sql-driver.ts';
import { attempt } from '../store/store-error.ts';
import { createSourceSync, type SourceSync } from './source-sync.ts';
import { statusMessage, waiting, type SourceStatus } from './source-status.ts';
import type { Source, SourceSettings } from './source.ts';

const lookIntervalMs = 250;
const releaseIntervalMs = 60_000;

/** A source with its settings. */
export interface OpenedSource {
  readonly settings: SourceSettings;
  readonly source: Source;
}

export interface SourceJobsOptions {
  readonly driver: SqlDriver;
  readonly clock: DatabaseClock;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly commits: CommitService;
  /** By "project/environment". */
  environment(reference: string): { readonly id: string } | undefined;
  replica(environmentId: string): Replica | undefined;
}

/** For metrics and health. */
export interface SourceGlance {
  readonly name: string;
  readonly state: SourceStatus['state'];
  readonly documents: number;
}

export interface SourceJobs {
  readonly jobs: readonly LeasedJob[];
  glance(): readonly SourceGlance[];
}

export function createSourceJobs(opened: readonly OpenedSource[], options: SourceJobsOptions): SourceJobs {
  const syncs: { readonly name: string; readonly sync: SourceSync }[] = [];
  const jobs = opened.map((each): LeasedJob => {
    const { settings, source } = each;
    let kick = (): void => undefined;
    const sync = createSourceSync(settings, source, {
      ...options,
      replica: () => {
        const environment = options.environment(settings.environment);
        return environment && options.replica(environment.id);
      },
      monotonicMs: () => options.runtime.monotonicMs(),
      again: (delayMs) => void options.runtime.after(delayMs, kick),
    });
    syncs.push({ name: settings.name, sync });
    return {
      name: `source ${settings.name}`,
      intervalMs: lookIntervalMs,
      look: (lease) => sync.look(lease),
      wake(wakeUp) {
        kick = wakeUp;
        const noticed = (): void => {
          sync.notice();
          wakeUp();
        };
        return source.follow?.(noticed) ?? (() => undefined);
      },
    };
  });
  return {
    jobs: [releaseJob(opened, options), ...jobs],
    glance: () =>
      syncs.map(({ name, sync: { status } }) => ({ name, state: status.state, documents: status.documents })),
  };
}

/** Documents of sources that are no longer set up belong to nobody. */
const releaseJob = (
  opened: readonly OpenedSource[],
  { driver, clock, logger, environment }: SourceJobsOptions,
): LeasedJob => ({
  name: 'sources that are gone',
  intervalMs: releaseIntervalMs,
  async look(lease) {
    const present = new Set(
      opened.map(({ settings }) => `${settings.name}@${environment(settings.environment)?.id ?? ''}`),
    );
    const released = await driver.transaction(async (transaction) => {
      await assertLease(transaction, driver.dialect, clock, lease);
      return releaseSources(transaction, present);
    });
    if (released > 0) logger.info({ released }, 'Documents of sources that are gone were released.');
  },
});

/** The use cases of SourceService. What the core with the lease knows, every core tells. */
export const createSourceService = (
  opened: readonly OpenedSource[],
  { driver, environment }: Pick<SourceJobsOptions, 'driver' | 'environment'>,
): Application['sources'] => ({
  async list({ environmentId }) {
    const read = await attempt(() => readSourceStatuses(driver, environmentId));
    if (!read.ok) return read;
    const own = opened.filter(({ settings }) => environment(settings.environment)?.id === environmentId);
    const sources = own
      .map(({ settings }) =>
        statusMessage(settings, (read.value.get(settings.name) as SourceStatus | undefined) ?? waiting),
      )
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return succeed({ sources });
  },
});
