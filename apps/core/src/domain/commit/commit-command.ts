// What the commit path executes: every way to change an environment is one of these. Types only.
import type { Result } from '@org/contract';
import type { DocumentSource } from '../environment/document-set.ts';
import type { PolicyMode } from '../policy/policies.ts';
import type { SqlTransaction } from '../../store/sql-driver.ts';
import type { OwnStateRules } from './own-state.ts';
import type { CheckedChanges } from './proposed-change.ts';

/** Who commits. */
export interface Committer {
  readonly principalId: string;
  readonly principalName: string;
  /** The public id of the key in use; "" for the server itself. */
  readonly keyId: string;
}

/** The environment while its row is locked: memory and database say the same. */
export interface LockedEnvironment {
  readonly environmentId: string;
  readonly revision: number;
  readonly documents: DocumentSource;
  readonly transaction: SqlTransaction;
}

/** A commit to make. */
export interface CommitCommand {
  readonly environmentId: string;
  readonly committer: Committer;
  readonly author: string;
  readonly reason: string;
  /** As the caller gave it; shown in history. */
  readonly idempotencyKey: string;
  /** The key in its name space: callers' keys and controllers' keys cannot meet. Undefined: not idempotent. */
  readonly idempotencyScope: string | undefined;
  /** Hash of everything that makes the request what it is. */
  readonly requestHash: string;
  readonly expectedRevision?: number | undefined;
  readonly dryRun: boolean;
  /** Goes to the front of the line. */
  readonly urgent: boolean;
  /** False for kills: what was valid when it was written is not judged again, so that a kill always works. */
  readonly validate: boolean;
  /**
   * How the installation's rules look at it. Undefined: not at all, for kills, controllers, and steps of what was approved
   * as a plan.
   */
  readonly policy?: PolicyMode | undefined;
  /** The source that commits: its documents are changed by nobody else. */
  readonly source?: string | undefined;
  /** What becomes of the state in documents that only the server writes. */
  readonly ownState: OwnStateRules;
  /** The changes, made under the lock. */
  changes(environment: LockedEnvironment): Promise<Result<CheckedChanges>> | Result<CheckedChanges>;
  /** Fails the commit when the right to make it is gone (a lost lease). @throws {StoreError} */
  fence?(transaction: SqlTransaction): Promise<void>;
  /** Written in the same transaction (audit). */
  alongside?(transaction: SqlTransaction, revision: number): Promise<void>;
}
