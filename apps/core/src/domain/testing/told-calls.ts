// Guarded calls as SDKs tell of them, and who is exposed: for tests of rollouts and breakers.
import type { CallTelemetry } from '@org/contract/gen/flags/v1/event_service';
import type { ReportingEvaluator } from '@org/evaluator';
import { valueOf, type TestInstallation } from './test-application.ts';

/** Tells the core of calls; what is left out is nothing, of the revision that runs. */
export type Tell = (calls: Partial<CallTelemetry>, instanceId?: string) => Promise<void>;

const nothing = {
  ...{ variant: 'on', rule: '', calls: 0, errors: 0, trips: 0, criticals: 0 },
  ...{ latency: undefined, unitsWithErrors: [], excluded: false },
};
let sequence = 0;

export const evaluatorOf = ({ application, environmentId }: TestInstallation): ReportingEvaluator =>
  application.environments.replica(environmentId)!.evaluator;

export const tellTo =
  (core: TestInstallation): Tell =>
  async (calls, instanceId = 'instance-1') => {
    const { flagKey = '' } = calls;
    const { revision } = evaluatorOf(core).evaluate(flagKey, { targetingKey: 'u-0' });
    const value = { ...nothing, flagKey, fromMs: Date.now(), revision, ...calls };
    valueOf(
      await core.application.events.record(core.grant, {
        ...{ environment: '', instanceId, sequence: (sequence += 1), dropped: {} },
        events: [{ timeMs: Date.now(), body: { $case: 'calls', value } }],
      }),
    );
  };

/** The units, of 2,000, that get true. */
export const exposedBy = (core: TestInstallation, flag: string): ReadonlySet<number> =>
  new Set(
    Array.from({ length: 2_000 }, (_, unit) => unit).filter(
      (unit) => evaluatorOf(core).evaluate(flag, { targetingKey: `u-${unit}` }).value === true,
    ),
  );
