// Records who was served a share of a split by remote evaluations, so that experiments count units whose SDKs cannot record
// themselves. One unit that goes on seeing the same is told once. Bounded, and losing events is counted, as in the SDKs.
import type { EventQueue } from '@org/events';
import { createEventQueue, createExposureFilter, reportedOf, unitsOf } from '@org/events';
import { murmur3, type ReportingEvaluator } from '@org/evaluator';
import type { EvaluateResponse } from '@org/contract/gen/flags/v1/flag_service';
import type { RecordRequest } from '@org/contract/gen/flags/v1/event_service';
import { errorCatalogue } from '@org/contract';
import type { Application, EnvironmentGrant } from '../../application.ts';
import type { Runtime } from '../../runtime.ts';

export interface ExposureRecorder {
  /** Notes what one evaluation answered. Never throws, and waits for nothing. */
  note(grant: EnvironmentGrant, evaluation: NotedEvaluation): void;
  /** Hands over what waits; resolves when that was tried once. */
  flush(): Promise<void>;
  /** Hands over what waits, and ends. */
  close(): Promise<void>;
}

/** Records nothing, where that is wanted. */
export const noExposures: ExposureRecorder = {
  note: () => undefined,
  flush: async () => undefined,
  close: async () => undefined,
};

/** What was answered to whom; `evaluator` says what exposures are to carry. */
export interface NotedEvaluation {
  readonly answer: EvaluateResponse;
  readonly context: unknown;
  readonly evaluator: Pick<ReportingEvaluator, 'reportOf'>;
}

/** What is recorded with one key is told as one instance. */
interface Source {
  readonly grant: EnvironmentGrant;
  readonly instanceId: string;
  readonly queue: EventQueue;
  sending: boolean;
}

const flushIntervalMs = 2_000;
const flushEvents = 500;
/** Keys recorded for at the same time; what further ones are served is not recorded. */
const sourcesMax = 1_000;
const queueLimits = { eventsMax: 5_000, bytesMax: 2 * 1024 * 1024 };

export interface ExposureRecorderOptions {
  readonly events: Application['events'];
  readonly runtime: Runtime;
}

/** Starts with nothing; `close` ends its timer. */
export function createExposureRecorder({ events, runtime }: ExposureRecorderOptions): ExposureRecorder {
  const filter = createExposureFilter();
  const sources = new Map<string, Source>();
  const cancel = runtime.every(flushIntervalMs, () => void flush());

  function note(grant: EnvironmentGrant, { answer, context, evaluator }: NotedEvaluation): void {
    // Units that are individually targeted are told, so that they can be left out whatever else they see.
    const excluded = answer.rule === 'target';
    // People who try a flag out are no units of an experiment.
    if ((answer.reason !== 'SPLIT' && !excluded) || grant.caller.keyKind === 'KEY_KIND_PRINCIPAL') return;
    const units = unitsOf(context);
    if (!isNew(grant, answer, units)) return;
    const source = sourceOf(grant);
    if (source === undefined) return;
    const { flagKey, variant, rule, revision } = answer;
    const attributes = reportedOf(context, evaluator.reportOf(rule));
    const value = { flagKey, variant, rule, revision, units, excluded, attributes };
    source.queue.add({ timeMs: runtime.now(), body: { $case: 'exposure', value } });
    if (source.queue.size >= flushEvents) void send(source);
  }

  function isNew(grant: EnvironmentGrant, answer: EvaluateResponse, units: object): boolean {
    const flag = murmur3(`${grant.environmentId}/${answer.flagKey}`) >>> 1;
    const outcome = murmur3(`${answer.variant}/${answer.rule}/${answer.revision}`);
    return filter.isNew(flag, murmur3(JSON.stringify(units)), outcome | 0);
  }

  function sourceOf(grant: EnvironmentGrant): Source | undefined {
    const id = `${grant.environmentId}/${grant.caller.keyId}`;
    const known = sources.get(id);
    if (known !== undefined) return known;
    if (sources.size >= sourcesMax) return undefined;
    const source = {
      grant,
      instanceId: runtime.newId(),
      queue: createEventQueue(queueLimits),
      sending: false,
    };
    sources.set(id, source);
    return source;
  }

  async function send(source: Source): Promise<void> {
    const { grant, instanceId, queue } = source;
    if (source.sending) return;
    source.sending = true;
    try {
      for (let batch = queue.batch(); batch !== undefined; batch = queue.batch()) {
        const request = { environment: '', instanceId, ...batch } as RecordRequest;
        const recorded = await events.record(grant, request);
        if (recorded.ok) queue.accepted();
        else if (errorCatalogue[recorded.fault.code].retryable) return;
        else queue.refused();
      }
    } finally {
      source.sending = false;
    }
  }

  async function flush(): Promise<void> {
    await Promise.all([...sources.values()].map(send));
  }

  return {
    note,
    flush,
    close() {
      cancel();
      return flush();
    },
  };
}
