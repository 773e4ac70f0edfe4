// Brings what a source holds into its environment: one commit by the ordinary path for each state of the source, or none at
// all. What is wrong is told with file, line and column, and changes nothing. Runs in the core that holds the lease.
import { succeed } from '@org/contract';
import {
  editedText,
  fileLimits,
  joinDocuments,
  problemAt,
  readDocumentFile,
  type FileProblem,
  type ReadDocuments,
} from '@org/files';
import { controllerScope } from '../domain/commit/check-request.ts';
import type { CommitCommand } from '../domain/commit/commit-command.ts';
import type { CommitService } from '../domain/commit/commit-service.ts';
import { ownStateKept } from '../domain/commit/own-state.ts';
import { checkChanges } from '../domain/commit/proposed-change.ts';
import type { Replica } from '../domain/environment/replica.ts';
import type { Logger } from '../domain/ports.ts';
import { assertLease, type DatabaseClock, type Lease } from '../store/lease-store.ts';
import {
  deleteOwned,
  readOwned,
  readOwners,
  readSourceStatuses,
  writeOwned,
  writeSourceStatus,
  type OwnedDocument,
} from '../store/source-store.ts';
import type { SqlDriver, SqlTransaction } from '../store/sql-driver.ts';
import { planSync, type SyncPlan } from './plan-sync.ts';
import { oneOff, placed, rawChanges, reasonOf, unplaced } from './sync-changes.ts';
import { waiting, type SourceStatus } from './source-status.ts';
import { SourceError, type Source, type SourceContent, type SourceSettings } from './source.ts';

/** A file that goes may be coming back: editors take it away for a moment. */
const removalSettleMs = 1_000;

export interface SourceSyncOptions {
  readonly driver: SqlDriver;
  readonly clock: DatabaseClock;
  readonly logger: Logger;
  readonly commits: CommitService;
  /** The environment, when there is one. */
  replica(): Replica | undefined;
  monotonicMs(): number;
  /** Has it looked at again after so long. */
  again(delayMs: number): void;
}

export interface SourceSync {
  /** Something may have changed. */
  notice(): void;
  look(lease: Lease): Promise<void>;
  readonly status: SourceStatus;
}

/** Makes it; nothing is read yet. */
export function createSourceSync(
  settings: SourceSettings,
  source: Source,
  options: SourceSyncOptions,
): SourceSync {
  return new Sync(settings, source, options);
}

/** What a plan was made for: an edit of a moment later must not be overwritten. */
type Planned = Pick<Replica, 'environmentId' | 'revision'>;

type Committed =
  | { readonly isDone: true; readonly revision: number }
  | { readonly isDone: false; readonly problems: readonly FileProblem[] };

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

class Sync implements SourceSync {
  status = waiting;
  readonly #settings: SourceSettings;
  readonly #source: Source;
  readonly #options: SourceSyncOptions;
  #epoch: number | undefined;
  #owned = new Map<string, OwnedDocument>();
  #read = new Map<string, { readonly text: string; readonly read: ReadDocuments }>();
  #isNoticed = true;
  #nextLookMs = 0;
  /** What was read last. */
  #content: SourceContent | undefined;
  /** Version and revision that were looked at to the end. */
  #done = '';
  #doneRevision = -1;
  #missing: { readonly version: string; readonly sinceMs: number } | undefined;

  constructor(settings: SourceSettings, source: Source, options: SourceSyncOptions) {
    this.#settings = settings;
    this.#source = source;
    this.#options = options;
  }

  notice(): void {
    this.#isNoticed = true;
  }

  async look(lease: Lease): Promise<void> {
    const replica = this.#options.replica();
    if (replica === undefined) return;
    if (this.#epoch !== lease.epoch) await this.#enter(replica, lease);
    const nowMs = this.#options.monotonicMs();
    const isDue = this.#isNoticed || nowMs >= this.#nextLookMs;
    if (!isDue && this.#doneRevision === replica.revision) return;
    this.#isNoticed = false;
    if (isDue) this.#nextLookMs = nowMs + this.#settings.pollSeconds * 1_000;
    const { revision } = replica;
    // Where only the environment moved on, the source need not be asked again.
    const content = isDue ? await this.#ask(replica, lease) : this.#content;
    this.#content = content;
    if (content === undefined || this.#done === `${content.version}@${revision}`) {
      this.#doneRevision = revision;
      return;
    }
    const reached = await this.#sync(replica, lease, content);
    if (reached === undefined) return;
    this.#done = `${content.version}@${reached}`;
    this.#doneRevision = reached;
  }

  /** What other cores did under earlier leases is in the database. */
  async #enter({ environmentId }: Replica, lease: Lease): Promise<void> {
    const { driver } = this.#options;
    const { name } = this.#settings;
    const all = await readOwned(driver, environmentId);
    this.#owned = new Map(
      all.filter(({ source }) => source === name).map((owned) => [`${owned.kind}/${owned.key}`, owned]),
    );
    const statuses = await readSourceStatuses(driver, environmentId);
    this.status = (statuses.get(name) as SourceStatus | undefined) ?? waiting;
    this.#isNoticed = true;
    this.#done = '';
    this.#epoch = lease.epoch;
  }

  async #ask(replica: Replica, lease: Lease): Promise<SourceContent | undefined> {
    try {
      return await this.#source.read();
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      await this.#tell(replica, lease, {
        state: 'unreachable',
        problems: [unplaced('unreachable', error.message)],
      });
      // Read again when it can be: it may be what it was.
      this.#done = '';
      return undefined;
    }
  }

  /** The revision at which it was looked at to the end; undefined: it is to be looked at again. */
  async #sync(replica: Replica, lease: Lease, content: SourceContent): Promise<number | undefined> {
    const { revision } = replica;
    const refuse = async (problems: readonly FileProblem[]): Promise<number> => {
      await this.#tell(replica, lease, {
        state: 'invalid',
        problems: problems.slice(0, fileLimits.problemsMax),
      });
      return revision;
    };
    const read = this.#parse(content);
    const unfit = [...read.problems, ...read.documents.flatMap(oneOff)];
    if (unfit.length > 0) return refuse(unfit);
    if (content.files.length === 0 && this.#owned.size > 0)
      return refuse([unplaced('empty_source', 'There are no files any more; nothing is removed for that.')]);
    const plan = planSync(this.#settings, read.documents, this.#owned, replica.state.documents);
    if (plan.removals.length > 0 && this.#isEarly(content.version)) return undefined;
    const taken = await this.#takenByOthers(replica, plan, read);
    if (taken.length > 0) return refuse(taken);
    const made = await this.#commit({ environmentId: replica.environmentId, revision }, lease, content, plan);
    if (made === 'again') return undefined;
    if (!made.isDone) return refuse(made.problems);
    const unwritten = await this.#writeBack(content, plan);
    if (unwritten.length > 0) return refuse(unwritten);
    const { clock, driver } = this.#options;
    await this.#tell(replica, lease, {
      ...{ state: 'synced', problems: [], files: content.files.length, documents: this.#owned.size },
      ...{ version: content.version, revision: made.revision },
      syncedAtMs:
        this.status.state === 'synced' && this.status.version === content.version && plan.upserts.length === 0
          ? this.status.syncedAtMs
          : await clock(driver),
    });
    return plan.writeBacks.length === 0 ? made.revision : undefined;
  }

  #parse({ files, problems }: SourceContent): ReadDocuments {
    if (problems.length > 0) return { documents: [], problems };
    const parsed = new Map(
      files.map((file) => {
        const known = this.#read.get(file.path);
        return [
          file.path,
          known?.text === file.text ? known : { text: file.text, read: readDocumentFile(file) },
        ] as const;
      }),
    );
    this.#read = parsed;
    return joinDocuments([...parsed.values()].map(({ read }) => read));
  }

  /** Whether what is missing was there a moment ago. */
  #isEarly(version: string): boolean {
    const nowMs = this.#options.monotonicMs();
    if (this.#missing?.version !== version) this.#missing = { version, sinceMs: nowMs };
    const leftMs = this.#missing.sinceMs + removalSettleMs - nowMs;
    if (leftMs <= 0) return false;
    this.#isNoticed = true;
    this.#options.again(leftMs);
    return true;
  }

  async #takenByOthers(
    { environmentId }: Replica,
    { owned }: SyncPlan,
    { documents }: ReadDocuments,
  ): Promise<readonly FileProblem[]> {
    const fresh = owned.filter(({ kind, key }) => !this.#owned.has(`${kind}/${key}`));
    const owners = await readOwners(this.#options.driver, environmentId, fresh);
    return owners
      .filter(({ source }) => source !== this.#settings.name)
      .flatMap(({ kind, key, source, file }) => {
        const document = documents.find((each) => each.kind === kind && each.key === key);
        const message = `The ${kind} belongs to the source "${source}" (${file}).`;
        return document === undefined ? [] : [problemAt(document, '', 'source_owned', message)];
      });
  }

  /** Where it led to, or the findings when it was refused. */
  async #commit(
    planned: Planned,
    lease: Lease,
    content: SourceContent,
    plan: SyncPlan,
  ): Promise<Committed | 'again'> {
    const { driver, clock, commits, logger } = this.#options;
    const { environmentId } = planned;
    let { revision } = planned;
    const fence = (transaction: SqlTransaction): Promise<void> =>
      assertLease(transaction, driver.dialect, clock, lease);
    const note = async (transaction: SqlTransaction): Promise<void> => {
      await deleteOwned(transaction, environmentId, plan.disowned);
      await writeOwned(transaction, environmentId, plan.owned);
    };
    let isNoted = plan.owned.length + plan.disowned.length === 0;
    if (plan.upserts.length + plan.removals.length > 0) {
      const alongside = async (transaction: SqlTransaction): Promise<void> => {
        await note(transaction);
        isNoted = true;
      };
      const result = await commits.execute({ ...this.#command(planned, content, plan), fence, alongside });
      if (!result.ok) {
        isNoted = false;
        if (result.fault.code === 'INVALID_DOCUMENT')
          return { isDone: false, problems: placed(result.fault, plan) };
        logger.warn({ source: this.#settings.name, code: result.fault.code }, 'A source could not commit.');
        this.#isNoticed = true;
        return 'again';
      }
      revision = result.value.revision?.revision ?? revision;
      if (!result.value.unchanged)
        logger.info({ source: this.#settings.name, environmentId, revision }, 'A source was synced.');
    }
    // Where nothing was committed, there was no transaction to note it in.
    if (!isNoted)
      await driver.transaction(async (transaction) => {
        await fence(transaction);
        await note(transaction);
      });
    for (const { kind, key } of plan.disowned) this.#owned.delete(`${kind}/${key}`);
    for (const each of plan.owned) this.#owned.set(`${each.kind}/${each.key}`, each);
    return { isDone: true, revision };
  }

  #command(
    { environmentId, revision }: Planned,
    { version, author }: SourceContent,
    { upserts, removals }: SyncPlan,
  ): CommitCommand {
    const { name } = this.#settings;
    const raw = rawChanges({ upserts, removals });
    const files = [...new Set([...upserts, ...removals].map(({ file }) => file))];
    const idempotencyKey = `source:${name}:${version.slice(0, 40)}@${revision}`;
    return {
      environmentId,
      committer: { principalId: '', principalName: `source:${name}`, keyId: '' },
      author: `${author}${files.length === 1 ? `/${files[0]}` : ''}`.slice(0, 256),
      reason: reasonOf(raw, files),
      ...{ idempotencyKey, idempotencyScope: controllerScope(idempotencyKey), requestHash: '' },
      ...{ expectedRevision: revision, dryRun: false, urgent: false, validate: true, source: name },
      ownState: { ...ownStateKept, list: 'kept' },
      changes: () => succeed(checkChanges(raw)),
    };
  }

  /** Changes made elsewhere, into the files. Answers with what could not be written. */
  async #writeBack({ files }: SourceContent, { writeBacks }: SyncPlan): Promise<readonly FileProblem[]> {
    const problems: FileProblem[] = [];
    for (const path of new Set(writeBacks.map(({ file }) => file))) {
      const before = files.find((file) => file.path === path)?.text ?? '';
      let text: string | undefined = before;
      for (const { kind, key, document } of writeBacks.filter(({ file }) => file === path))
        text = text && editedText(text, { kind, key }, document, path.toLowerCase().endsWith('.json'));
      const failed =
        text === undefined || text === '' || this.#source.write === undefined
          ? 'It holds aliases: what was changed elsewhere cannot be written into it.'
          : await this.#source.write(path, text, before).then(
              () => undefined,
              (error: unknown) => {
                if (error instanceof SourceError) return error.message;
                throw error;
              },
            );
      if (failed !== undefined)
        problems.push({ file: path, line: 1, column: 1, rule: 'write_back', message: failed });
    }
    if (writeBacks.length > 0) this.#isNoticed = true;
    return problems;
  }

  async #tell(
    { environmentId }: Replica,
    lease: Lease,
    change: Partial<SourceStatus> & Pick<SourceStatus, 'state' | 'problems'>,
  ): Promise<void> {
    const { driver, clock, logger } = this.#options;
    const { name } = this.#settings;
    const told = { ...this.status, ...change };
    const isNew = told.state !== this.status.state || !isSame(told.problems, this.status.problems);
    if (!isNew && told.version === this.status.version && told.documents === this.status.documents) return;
    const status = isNew ? { ...told, sinceMs: await clock(driver) } : told;
    await driver.transaction(async (transaction) => {
      await assertLease(transaction, driver.dialect, clock, lease);
      await writeSourceStatus(transaction, environmentId, name, status);
    });
    this.status = status;
    if (!isNew) return;
    const [first] = status.problems;
    const where = first && { file: first.file, line: first.line, column: first.column, rule: first.rule };
    if (status.state === 'synced') logger.info({ source: name, environmentId }, 'A source is in order.');
    else
      logger.warn(
        { source: name, environmentId, state: status.state, ...where },
        'A source cannot be taken.',
      );
  }
}
