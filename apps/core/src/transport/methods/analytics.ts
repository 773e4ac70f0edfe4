// AnalyticsService over the application: checked here, answered by the analytics process.
import { succeed } from '@org/contract';
import { AnalyticsServiceDefinition } from '@org/contract/gen/flags/v1/analytics_service';
import { environmentMethod } from '../unary-method.ts';
import type { UnaryDefinition, UnaryMethod, UnaryTable } from '../unary-method.ts';

const { methods } = AnalyticsServiceDefinition;

export const analyticsMethods = {
  'flags.v1.AnalyticsService/Results': forwarded(methods.results),
  'flags.v1.AnalyticsService/TimeSeries': forwarded(methods.timeSeries),
  'flags.v1.AnalyticsService/Funnel': forwarded(methods.funnel),
  'flags.v1.AnalyticsService/Segments': forwarded(methods.segments),
  'flags.v1.AnalyticsService/SampleSize': forwarded(methods.sampleSize),
  'flags.v1.AnalyticsService/Query': forwarded(methods.query),
  'flags.v1.AnalyticsService/HotWindow': forwarded(methods.hotWindow),
  'flags.v1.AnalyticsService/Export': forwarded(methods.export),
  'flags.v1.AnalyticsService/EraseUnit': forwarded(methods.eraseUnit),
  'flags.v1.AnalyticsService/PipelineStatus': forwarded(methods.pipelineStatus),
} satisfies UnaryTable<'AnalyticsService'>;

/** The environment goes by its id, whatever name the caller used. */
function forwarded<Q extends { environment: string }, S>(
  definition: UnaryDefinition<Q, S> & { readonly name: string },
): UnaryMethod {
  const { name, requestType, responseType } = definition;
  return environmentMethod(definition, async (application, grant, request) => {
    const bytes = requestType.encode({ ...request, environment: grant.environmentId }).finish();
    const answer = await application.analytics.ask(grant, `flags.v1.AnalyticsService/${name}`, bytes);
    return answer.ok ? succeed(responseType.decode(answer.value)) : answer;
  });
}
