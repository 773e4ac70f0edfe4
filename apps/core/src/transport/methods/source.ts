// SourceService over the application.
import { SourceServiceDefinition } from '@org/contract/gen/flags/v1/source_service';
import { environmentMethod } from '../unary-method.ts';
import type { UnaryTable } from '../unary-method.ts';

export const sourceMethods = {
  'flags.v1.SourceService/ListSources': environmentMethod(
    SourceServiceDefinition.methods.listSources,
    (application, grant) => application.sources.list(grant),
  ),
} satisfies UnaryTable<'SourceService'>;
