// @org/flags-node/opentelemetry: a hook that turns evaluations into OpenTelemetry's signals. Reaches the exporters only
// through @opentelemetry/api, which the application brings. Never changes an answer.
import * as otel from '@opentelemetry/api';
import type { Attributes, Counter, Logger, MeterProvider } from '@opentelemetry/api';
import type { EvaluationContext, EvaluationDetails } from '@org/contract/model';
import type { Hook } from '../hooks.ts';
import { sdkVersion } from '../version.ts';
import { attributesOf, eventName, names, targetingKeyOf } from './attributes.ts';

/** What `createTelemetryHook` takes. Everything has a default. */
export interface TelemetryOptions {
  /**
   * How an evaluation becomes an event `feature_flag.evaluation`. `log` (default): a log record, as the semantic
   * conventions say; it carries the active span's ids. `span`: an event on the active span, nothing where there is none.
   * With a version of @opentelemetry/api that has no logs (before 1.10) and no `logger`, `log` is `span`.
   */
  readonly events?: 'log' | 'span' | 'none';
  /** Left out: the global provider's. */
  readonly logger?: Logger;
  /** False: no metrics. Left out: counters of the global provider. */
  readonly metrics?: MeterProvider | boolean;
  /** `feature_flag.set.id`, e.g. `shop/production`. Left out: not said. */
  readonly flagSetId?: string;
  /** `feature_flag.context.id`. Left out: the targeting key. False: not said. */
  readonly contextId?: false | ((context: EvaluationContext) => string | undefined);
  /** Values beside variants. Default false: they may be large or private. */
  readonly includeValue?: boolean;
  /** Longer texts are cut. Default 256. */
  readonly valueCharsMax?: number;
}

const scope = '@org/flags-node';

/** A hook for `createClient({ hooks: [...] })`: events and metrics of evaluations. */
export function createTelemetryHook(options: TelemetryOptions = {}): Hook {
  const { flagSetId, includeValue = false, valueCharsMax = 256, contextId = targetingKeyOf } = options;
  const emit = emitterOf(options);
  const count = counterOf(options);
  // Details are shared by all contexts with the same outcome, and so is most of what is said of them.
  const known = new WeakMap<EvaluationDetails, Attributes>();
  const attributesFor = (details: EvaluationDetails): Attributes => {
    let attributes = known.get(details);
    if (attributes === undefined) {
      attributes = attributesOf(details, { flagSetId, includeValue, valueCharsMax });
      known.set(details, attributes);
    }
    return attributes;
  };
  return {
    onEvaluation(details, context) {
      const attributes = attributesFor(details);
      count?.(attributes);
      if (emit === undefined) return;
      const id = contextId === false ? undefined : contextId(context);
      emit(id === undefined ? attributes : { ...attributes, [names.contextId]: id });
    },
  };
}

type Emit = (attributes: Attributes) => void;

function emitterOf({ events = 'log', logger }: TelemetryOptions): Emit | undefined {
  if (events === 'none') return undefined;
  // Before 1.10 the API had no logs.
  const { logs } = otel as Partial<Pick<typeof otel, 'logs'>>;
  const own = logger ?? logs?.getLogger(scope, sdkVersion);
  if (events === 'log' && own) return (attributes) => own.emit({ eventName, attributes });
  return (attributes) => {
    const span = otel.trace.getActiveSpan();
    if (span?.isRecording()) span.addEvent(eventName, attributes);
  };
}

/** Counters under the names of OpenFeature's own hooks, so that dashboards made for those fit. */
function counterOf({ metrics = true }: TelemetryOptions): Emit | undefined {
  if (metrics === false) return undefined;
  const provider = metrics === true ? otel.metrics : metrics;
  const meter = provider.getMeter(scope, sdkVersion);
  const counter = (name: string, unit: string, description: string): Counter =>
    meter.createCounter(`feature_flag.evaluation_${name}_total`, { unit, description });
  const requests = counter('requests', '{request}', 'Evaluations');
  const successes = counter('success', '{impression}', 'Evaluations without an error');
  const errors = counter('error', '{error}', 'Evaluations that ended with an error');
  const dimensions = new WeakMap<Attributes, readonly [Attributes, Attributes]>();
  return (attributes) => {
    let found = dimensions.get(attributes);
    if (found === undefined) {
      const ofFlag = pick(attributes, [names.key, names.provider]);
      const ofResult = pick(attributes, [names.variant, names.reason, names.errorType]);
      found = [ofFlag, { ...ofFlag, ...ofResult }];
      dimensions.set(attributes, found);
    }
    requests.add(1, found[0]);
    (names.errorType in attributes ? errors : successes).add(1, found[1]);
  };
}

const pick = (attributes: Attributes, wanted: readonly string[]): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => wanted.includes(name)));
