// FlagService's unary methods: remote evaluation from the replica in memory, without waiting for anything.
import { limits, succeed } from '@org/contract';
import { FlagServiceDefinition } from '@org/contract/gen/flags/v1/flag_service';
import type { EvaluateRequest } from '@org/contract/gen/flags/v1/flag_service';
import type { EnvironmentGrant } from '../../application.ts';
import type { ExposureRecorder, NotedEvaluation } from '../openfeature/exposures.ts';
import { environmentMethod, forContexts } from '../unary-method.ts';
import type { UnaryTable } from '../unary-method.ts';
import { contextFault } from './check-context.ts';
import { evaluateFlag } from './evaluation.ts';
import { replicaOf } from './replica-of.ts';
import { requireFields } from './require-fields.ts';
import { visibleFlags } from './visible-flags.ts';

const { methods } = FlagServiceDefinition;

export const flagMethods = {
  'flags.v1.FlagService/Evaluate': forContexts(
    environmentMethod(methods.evaluate, (application, grant, request, exposures) => {
      const { flagKey } = request;
      if (flagKey === '' || flagKey.length > limits.keyCharsMax) return requireFields(request, ['flagKey'])!;
      const fault = contextFault(request.context);
      if (fault !== undefined) return { ok: false, fault };
      const replica = replicaOf(application, grant);
      if (!replica.ok) return replica;
      const answer = evaluateFlag(replica.value, grant.view, flagKey, request.context);
      noteExposure(exposures, grant, { request, answer, evaluator: replica.value.evaluator });
      return succeed(answer);
    }),
  ),
  'flags.v1.FlagService/EvaluateAll': forContexts(
    environmentMethod(methods.evaluateAll, (application, grant, request) => {
      const fault = contextFault(request.context);
      if (fault !== undefined) return { ok: false, fault };
      const found = replicaOf(application, grant);
      if (!found.ok) return found;
      const replica = found.value;
      const keys = grant.view === 'client' ? [...visibleFlags(replica)] : replica.evaluator.flagKeys();
      const evaluations = keys.map((key) => evaluateFlag(replica, grant.view, key, request.context));
      return succeed({ evaluations, revision: replica.revision, historyId: replica.historyId });
    }),
  ),
} satisfies Omit<UnaryTable<'FlagService'>, 'flags.v1.FlagService/EvaluateStream'>;

/** Records what a single evaluation answered, unless the caller records it himself. */
export function noteExposure(
  exposures: ExposureRecorder,
  grant: EnvironmentGrant,
  {
    request,
    answer,
    evaluator,
  }: Pick<NotedEvaluation, 'answer' | 'evaluator'> & { readonly request: EvaluateRequest },
): void {
  if (request.withoutExposure !== true)
    exposures.note(grant, { answer, context: request.context, evaluator });
}
