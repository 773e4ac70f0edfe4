// HistoryService over the application.
import { succeed } from '@org/contract';
import { HistoryServiceDefinition } from '@org/contract/gen/flags/v1/history_service';
import { environmentMethod } from '../unary-method.ts';
import type { UnaryTable } from '../unary-method.ts';
import { pageOf } from './page-of.ts';

const { methods } = HistoryServiceDefinition;

export const historyMethods = {
  'flags.v1.HistoryService/GetState': environmentMethod(methods.getState, ({ history }, grant, request) => {
    const page = pageOf(request);
    if (!page.ok) return page;
    const { revision, kind } = request;
    return history.state(grant, { ...page.value, revision, kind });
  }),
  'flags.v1.HistoryService/Annotate': environmentMethod(methods.annotate, ({ history }, grant, request) =>
    history.annotate(grant, request),
  ),
  'flags.v1.HistoryService/ListAnnotations': environmentMethod(
    methods.listAnnotations,
    async ({ history }, grant, request) => {
      const page = pageOf(request);
      if (!page.ok) return page;
      const found = await history.annotations(grant, { ...page.value, revision: request.revision });
      if (!found.ok) return found;
      return succeed({ annotations: [...found.value.items], nextPageToken: found.value.nextPageToken });
    },
  ),
} satisfies UnaryTable<'HistoryService'>;
