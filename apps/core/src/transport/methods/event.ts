// EventService over the application.
import { fail, limits } from '@org/contract';
import { EventServiceDefinition } from '@org/contract/gen/flags/v1/event_service';
import { receiveBatch } from '../../domain/events/received-batch.ts';
import { environmentMethod } from '../unary-method.ts';
import type { UnaryTable } from '../unary-method.ts';
import { requireFields } from './require-fields.ts';

const record = environmentMethod(EventServiceDefinition.methods.record, (application, grant, request) => {
  if (request.events.length > limits.eventsPerBatchMax) return tooManyEvents;
  return requireFields(request, ['instanceId']) ?? application.events.record(grant, request);
});

export const eventMethods = {
  'flags.v1.EventService/Record': {
    ...record,
    decode: receiveBatch,
  },
} satisfies UnaryTable<'EventService'>;

const message = `A batch holds at most ${limits.eventsPerBatchMax} events.`;
const tooManyEvents = fail('INVALID_REQUEST', message, {
  violations: [{ field: 'events', rule: 'max_items', message }],
});
