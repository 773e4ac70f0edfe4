// Feeds the controllers with their documents and makes their commits: by the database's time, each commit once.
import { scheduledChange, type CommitRefusal, type Controller, type Subject } from '@org/automation';
import type { CommitService } from '../domain/commit/commit-service.ts';
import type { Replica } from '../domain/environment/replica.ts';
import type { Logger } from '../domain/ports.ts';
import { assertLease, type DatabaseClock, type Lease } from '../store/lease-store.ts';
import type { SqlDriver } from '../store/sql-driver.ts';
import { controllerCommand, faultText, meaningOf } from './controller-commit.ts';
import type { LeasedJob } from './leased-jobs.ts';

const lookIntervalMs = 500;
/** A controller that goes on asking for commits after so many in one look is looked at again later. */
const stepsPerLookMax = 5;

// The runner hands a controller the documents of its kind, which the schema of the kind has checked.
const controllers: readonly Controller<never>[] = [scheduledChange];

export interface ControllersOptions {
  readonly driver: SqlDriver;
  readonly clock: DatabaseClock;
  readonly logger: Logger;
  readonly commits: CommitService;
  replicas(): Iterable<Replica>;
}

/** The controllers as a job of the runner. */
export const controllersJob = (options: ControllersOptions): LeasedJob => ({
  name: 'controllers',
  intervalMs: lookIntervalMs,
  look: (lease) => lookAtAll(options, lease),
});

/** Looks once at every document that has a controller. */
async function lookAtAll(options: ControllersOptions, lease: Lease): Promise<void> {
  const work = [...options.replicas()].flatMap((replica) =>
    controllers.flatMap((controller) =>
      [...replica.state.documents.ofKind(controller.kind)].map((held) => ({ replica, controller, held })),
    ),
  );
  if (work.length === 0) return;
  const nowMs = await options.clock(options.driver);
  for (const { replica, controller, held } of work) {
    const { key, revision, changedAtMs, document } = held;
    const subject = { key, revision, changedAtMs, spec: document };
    await run(options, { lease, replica, controller, subject, nowMs });
  }
}

interface Turn {
  readonly lease: Lease;
  readonly replica: Replica;
  readonly controller: Controller<never>;
  readonly subject: Subject<unknown>;
  readonly nowMs: number;
}

/** Steps the controller until it has nothing more to do now. */
async function run(options: ControllersOptions, turn: Turn): Promise<void> {
  const { controller, subject, nowMs } = turn;
  const refusals: CommitRefusal[] = [];
  for (let step = 0; step < stepsPerLookMax; step += 1) {
    const { commits } = controller.step(subject as Subject<never>, { refusals }, nowMs);
    const refusal = await makeCommits(options, turn, commits);
    if (refusal === undefined) return;
    refusals.push(refusal);
  }
}

/** Undefined when there is nothing to tell the controller now. */
async function makeCommits(
  { commits: service, driver, clock, logger }: ControllersOptions,
  { lease, replica, controller, subject }: Turn,
  commits: ReturnType<Controller<never>['step']>['commits'],
): Promise<CommitRefusal | undefined> {
  const { environmentId } = replica;
  for (const commit of commits) {
    const fence = (transaction: Parameters<typeof assertLease>[0]) =>
      assertLease(transaction, driver.dialect, clock, lease);
    const result = await service.execute(
      controllerCommand({ environmentId, controller, subject, commit, fence }),
    );
    const where = { environmentId, controller: controller.kind, key: subject.key, step: commit.step };
    if (result.ok) {
      logger.info({ ...where, revision: result.value.revision?.revision }, 'A controller committed.');
      continue;
    }
    const meaning = meaningOf(result.fault, controller.kind, subject.key);
    logger.warn({ ...where, code: result.fault.code, meaning }, 'A controller could not commit.');
    return meaning === 'refused' ? { step: commit.step, message: faultText(result.fault) } : undefined;
  }
  return undefined;
}
