// The messages of the three EventStream methods: the same in all of them, under three names.
import { EventStreamResponse as V1 } from '@org/contract/gen/flagd/evaluation/v1/evaluation';
import { EventStreamResponse as V2 } from '@org/contract/gen/flagd/evaluation/v2/evaluation';
import { EventStreamResponse as Legacy } from '@org/contract/gen/flagd/schema/v1/schema';
import type { ForeignMethodName } from '@org/contract/gen/access-table';
import type { FlagdEvent } from './streams.ts';

export interface EventCodec {
  encode(message: FlagdEvent): { finish(): Uint8Array };
}

export type EventStreamName = Extract<ForeignMethodName, `${string}/EventStream`>;

const codec = (type: typeof V1): EventCodec => ({
  encode: ({ type: name, data }) =>
    type.encode({ type: name, data: data === undefined ? undefined : { ...data } }),
});

export const eventCodecs: Readonly<Record<EventStreamName, EventCodec>> = {
  'flagd.evaluation.v1.Service/EventStream': codec(V1),
  'flagd.evaluation.v2.Service/EventStream': codec(V2),
  'schema.v1.Service/EventStream': codec(Legacy),
};
