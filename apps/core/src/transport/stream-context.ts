// What streaming methods work with, beside what every call has.
import type { ByteBudget } from '../limits/byte-budget.ts';
import type { TransportContext } from './dispatcher.ts';
import type { OpenStreams } from './open-streams.ts';

export interface StreamContext extends TransportContext {
  readonly streams: OpenStreams;
  /** What one stream may leave unread before it is ended. */
  readonly backlogBytesMax: number;
  /** What all streams together may leave unread. */
  readonly backlogBudget: ByteBudget;
}
