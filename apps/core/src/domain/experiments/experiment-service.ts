// The steps of an experiment's life, for callers that were authorised. A decision is frozen with the results it was taken
// on, as far as analytics can be asked.
import type { Result } from '@org/contract';
import { ExperimentResults, ResultsRequest } from '@org/contract/gen/flags/v1/analytics_service';
import type { JsonObject } from '@org/contract/model';
import type { AnalyticsPort, Application, EnvironmentGrant } from '../../application.ts';
import type { CommitCommand } from '../commit/commit-command.ts';
import type { CommitService } from '../commit/commit-service.ts';
import type { Runtime } from '../ports.ts';
import { decideCommand, rampCommand, startCommand, stopCommand } from './experiment-commands.ts';

export interface ExperimentServiceOptions {
  readonly runtime: Runtime;
  readonly commits: CommitService;
  readonly analytics: AnalyticsPort;
}

const resultsMethod = 'flags.v1.AnalyticsService/Results';

/** Makes the use cases of ExperimentService. */
export function createExperimentService(options: ExperimentServiceOptions): Application['experiments'] {
  const { runtime, commits, analytics } = options;
  const execute = (command: Result<CommitCommand>) =>
    command.ok ? commits.execute(command.value) : Promise.resolve(command);
  return {
    start: (grant, request) => execute(startCommand(grant, request, runtime.now())),
    ramp: (grant, request) => execute(rampCommand(grant, request)),
    stop: (grant, request) => execute(stopCommand(grant, request, runtime.now())),
    async decide(grant, request) {
      const results = await readResults(analytics, grant, request.key);
      return execute(decideCommand(grant, request, runtime.now(), results));
    },
  };
}

/** Undefined where there is no analytics, or it does not answer: people may decide on what they have seen. */
async function readResults(
  analytics: AnalyticsPort,
  grant: EnvironmentGrant,
  experiment: string,
): Promise<JsonObject | undefined> {
  const request = ResultsRequest.fromPartial({ environment: grant.environmentId, experiment });
  const answer = await analytics.ask(grant, resultsMethod, ResultsRequest.encode(request).finish());
  return answer.ok
    ? (ExperimentResults.toJSON(ExperimentResults.decode(answer.value)) as JsonObject)
    : undefined;
}
