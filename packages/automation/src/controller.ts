// What a controller is: a pure step from what is known to what is to be committed. The server's runner feeds it under a
// lease and makes its commits, each once. No clock, no I/O: the same histories run in a simulator.
import type { JsonObject } from '@org/contract/model';

/** A document that a controller acts for. */
export interface Subject<Spec> {
  readonly key: string;
  /** The document's revision: a change of the document starts the controller anew. */
  readonly revision: number;
  /** When that revision was committed, by the clock of the core that did; Unix milliseconds. */
  readonly changedAtMs: number;
  readonly spec: Spec;
}

/** A change of one document. */
export interface ControllerChange {
  readonly kind: string;
  readonly key: string;
  /** The new document, whole; null removes it. */
  readonly document: JsonObject | null;
  readonly expectedDocumentRevision?: number;
}

/** A commit to make once, however often it is asked for. */
export interface ControllerCommit {
  /** Names the commit among those of this revision of the subject. */
  readonly step: string;
  readonly changes: readonly ControllerChange[];
  readonly author: string;
  readonly reason: string;
  /** Takes something away from users that harms them: goes to the front of the line and is not judged again. */
  readonly urgent?: boolean;
}

/** What became of a commit: refused for good. Failures that may pass are not told; the commit is tried again. */
export interface CommitRefusal {
  readonly step: string;
  readonly message: string;
}

/** What the world looks like. */
export interface Observations {
  /** Commits of this revision of the subject that were refused. */
  readonly refusals: readonly CommitRefusal[];
}

/** What to do now. */
export interface ControllerStep {
  readonly commits: readonly ControllerCommit[];
  /** When to look again, if nothing changes before; Unix milliseconds. */
  readonly wakeAtMs?: number;
}

/** A controller for the documents of one kind. */
export interface Controller<Spec> {
  /** The kind of its documents, and its name in idempotency keys and history. */
  readonly kind: string;
  step(subject: Subject<Spec>, observations: Observations, nowMs: number): ControllerStep;
}
