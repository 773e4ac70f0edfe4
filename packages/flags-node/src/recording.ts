// What the client tells of itself: exposures, evaluation counts and metrics, in a bounded queue that is sent by itself.
import { createRecorder, type Batch, type Recorder } from '@org/events';
import type { RecordResponse } from '@org/contract/gen/flags/v1/event_service';
import type { ReportingEvaluator } from '@org/evaluator';
import { createEventSender, type EventSender } from './event-sender.ts';
import type { FlagsError } from './errors.ts';
import type { Platform } from './platform.ts';
import { sampleEvaluations } from './evaluation-sampler.ts';

/** The queue and who sends it. */
export interface Recording {
  readonly recorder: Recorder;
  readonly sender: EventSender;
}

export interface RecordingSettings {
  readonly evaluator: ReportingEvaluator;
  readonly send: (batch: Batch) => Promise<RecordResponse>;
  readonly intervalMs: number;
  readonly platform: Platform;
  readonly onError: (error: FlagsError) => void;
}

/** Starts recording. */
export const createRecording = ({ evaluator, ...settings }: RecordingSettings): Recording => {
  const { platform } = settings;
  const recorder: Recorder = createRecorder({
    wallMs: () => platform.wallMs(),
    drainCounts: sampleEvaluations(evaluator, platform, (outcome, ms) =>
      recorder.timeEvaluation(outcome, ms),
    ),
    revision: () => evaluator.revision,
    reportOf: (rule) => evaluator.reportOf(rule),
  });
  return { recorder, sender: createEventSender({ ...settings, recorder }) };
};

/** Records an exposure; true when it is new. A full batch does not wait. */
export const expose = (
  { recorder, sender }: Recording,
  ...exposure: Parameters<Recorder['expose']>
): boolean => {
  const isNew = recorder.expose(...exposure);
  if (isNew) sender.nudge();
  return isNew;
};
