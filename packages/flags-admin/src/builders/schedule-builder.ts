// Schedules in the making: changes to be committed at a time by the server.
import type { Recurrence, Schedule, ScheduledChange } from '@org/contract/model';
import type { DocumentChange } from '../changes.ts';
import type { StoredDocument } from '../model.ts';
import { Draft } from './draft.ts';

/** A schedule in the making. */
export class ScheduleBuilder extends Draft<'schedule', ScheduleBuilder> {
  readonly kind = 'schedule';

  /** @internal */
  constructor(key: string, document: Schedule, expectedRevision?: number) {
    super(key, document, expectedRevision);
  }

  protected override make(document: Schedule, expectedRevision: number | undefined): ScheduleBuilder {
    return new ScheduleBuilder(this.key, document, expectedRevision);
  }

  /** Adds changes: drafts and removals, with the revisions they expect. */
  change(...changes: readonly Exclude<DocumentChange, { readonly kind: 'schedule' }>[]): ScheduleBuilder {
    return this.with({ changes: [...this.document.changes, ...changes.map(scheduled)] });
  }

  /** Nothing runs until it is resumed. */
  paused(paused = true): ScheduleBuilder {
    return this.with({ paused: paused || undefined });
  }

  /** For the history. */
  reason(reason: string): ScheduleBuilder {
    return this.with({ reason });
  }

  author(author: string): ScheduleBuilder {
    return this.with({ author });
  }
}

const scheduled = (change: DocumentChange): ScheduledChange =>
  ({
    kind: change.kind,
    key: change.key,
    document: 'remove' in change ? null : change.document,
    ...(change.expectedRevision === undefined ? {} : { expectedDocumentRevision: change.expectedRevision }),
    // The interfaces of documents have no index signature, but JSON is what they are.
  }) as unknown as ScheduledChange;

/** Changes at one time; `at` as RFC 3339 with offset, e.g. `2027-01-01T09:00:00+01:00`. */
export const schedule = (key: string, at: string): ScheduleBuilder =>
  new ScheduleBuilder(key, { at, changes: [] });

/** Changes again and again, e.g. `{ cron: '0 9 * * MON-FRI', timeZone: 'Europe/Berlin' }`. */
export const recurringSchedule = (key: string, recurrence: Recurrence): ScheduleBuilder =>
  new ScheduleBuilder(key, { recurrence, changes: [] });

/** Goes on from a schedule as it is stored. */
export const editSchedule = ({ key, document, revision }: StoredDocument<'schedule'>): ScheduleBuilder =>
  new ScheduleBuilder(key, document, revision);
