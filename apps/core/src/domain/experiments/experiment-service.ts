// The steps of an experiment's life, for callers that were authorised, and the decisions that experiments take by
// themselves. A decision is frozen with the results it was taken on, as far as analytics can be asked.
import { fail, type Result } from '@org/contract';
import { ExperimentResults, ResultsRequest } from '@org/contract/gen/flags/v1/analytics_service';
import type { JsonObject } from '@org/contract/model';
import type { AnalyticsPort, Application, EnvironmentGrant } from '../../application.ts';
import type { CommitCommand } from '../commit/commit-command.ts';
import type { CommitService } from '../commit/commit-service.ts';
import { committerOf } from '../commit/commands.ts';
import type { Runtime } from '../ports.ts';
import {
  decideCommand,
  rampCommand,
  startCommand,
  stopCommand,
  type StepActor,
} from './experiment-commands.ts';

export interface ExperimentServiceOptions {
  readonly runtime: Runtime;
  readonly commits: CommitService;
  readonly analytics: AnalyticsPort;
}

const resultsMethod = 'flags.v1.AnalyticsService/Results';

const actorOf = ({ environmentId, caller }: EnvironmentGrant): StepActor => ({
  environmentId,
  committer: committerOf(caller),
});

/** Makes the use cases of ExperimentService. */
export function createExperimentService(options: ExperimentServiceOptions): Application['experiments'] {
  const { runtime, commits, analytics } = options;
  const execute = (command: Result<CommitCommand>) =>
    command.ok ? commits.execute(command.value) : Promise.resolve(command);
  return {
    start: (grant, request) => execute(startCommand(actorOf(grant), request, runtime.now())),
    ramp: (grant, request) => execute(rampCommand(actorOf(grant), request)),
    stop: (grant, request) => execute(stopCommand(actorOf(grant), request, runtime.now())),
    async decide(grant, request) {
      const found = await readResults(analytics, grant, request.key);
      // Without analytics people may decide on what they have seen.
      const results = found.ok ? (ExperimentResults.toJSON(found.value) as JsonObject) : undefined;
      return execute(decideCommand(actorOf(grant), request, runtime.now(), { results, reasons: [] }));
    },
  };
}

/** An experiment's results as they are now. */
export async function readResults(
  analytics: AnalyticsPort,
  grant: Pick<EnvironmentGrant, 'environmentId'>,
  experiment: string,
): Promise<Result<ExperimentResults>> {
  const request = ResultsRequest.fromPartial({ environment: grant.environmentId, experiment });
  const answer = await analytics.ask(grant, resultsMethod, ResultsRequest.encode(request).finish());
  if (!answer.ok) return answer;
  try {
    return { ok: true, value: ExperimentResults.decode(answer.value) };
  } catch {
    return fail('ANALYTICS_UNAVAILABLE', 'The analytics process answered with something else.');
  }
}
