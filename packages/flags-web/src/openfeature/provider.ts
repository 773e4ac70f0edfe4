// An OpenFeature provider for browsers over a client that the page has made. The context is the client's: OpenFeature tells it
// when it changes. Must never throw from an evaluation, nor look into hooks.
import { OpenFeatureEventEmitter, ProviderEvents, ProviderNotReadyError } from '@openfeature/web-sdk';
import type {
  EvaluationContext,
  JsonValue,
  Provider,
  ResolutionDetails,
  TrackingEventDetails,
} from '@openfeature/web-sdk';
import { contextOf, resolutionOf } from '@org/evaluator/openfeature';
import type { Client, Flag } from '../types.ts';

export interface ProviderOptions {
  /** How long setting the provider waits for the first state. Left out: 5,000; later than that it becomes ready by an event. */
  readonly readyTimeoutMs?: number;
  /** Whether closing OpenFeature closes the client. Left out: true. */
  readonly closesClient?: boolean;
}

/** Makes a provider; one for each client. */
export const createProvider = (client: Client, options: ProviderOptions = {}): Provider => {
  const { readyTimeoutMs, closesClient = true } = options;
  const events = new OpenFeatureEventEmitter();
  /** Until the first state is announced by OpenFeature itself, nothing is told twice. */
  let announced = false;
  /** OpenFeature tells of changes of the context by itself. */
  let setting = false;

  const setContext = (context: EvaluationContext | undefined): void => {
    setting = true;
    try {
      client.setContext(contextOf(context ?? {}));
    } finally {
      setting = false;
    }
  };
  const announceState = (): void => {
    if (client.state === 'READY') events.emit(ProviderEvents.Ready);
    if (client.state === 'STALE')
      events.emit(ProviderEvents.Stale, { message: 'no core confirms the state' });
  };
  const stops = [
    client.on('state', () => announced && announceState()),
    client.on('change', () => {
      if (announced && !setting) events.emit(ProviderEvents.ConfigurationChanged);
    }),
    client.on('error', ({ message }) => {
      // With a state to evaluate, what fails behind it is not the page's business: it shows as STALE.
      if (announced && client.state === 'NOT_READY') events.emit(ProviderEvents.Error, { message });
    }),
  ];

  const resolve = <T>(flag: Flag<T>): ResolutionDetails<T> =>
    resolutionOf(flag.details()) as ResolutionDetails<T>;

  return {
    metadata: { name: 'flags-web' },
    runsOn: 'client',
    events,
    async initialize(context) {
      setContext(context);
      const state = await client.ready(readyTimeoutMs === undefined ? {} : { timeoutMs: readyTimeoutMs });
      announced = true;
      if (state === 'NOT_READY')
        throw new ProviderNotReadyError('No core and no stored state within the time.');
      // OpenFeature says "ready" when this has returned; that the state is an old one is told after it.
      if (state === 'STALE') setTimeout(announceState, 0);
    },
    onContextChange: (_old, context) => setContext(context),
    async onClose() {
      for (const stop of stops) stop();
      if (closesClient) await client.close();
    },
    resolveBooleanEvaluation: (key, byDefault) => resolve(client.boolean(key, byDefault)),
    resolveStringEvaluation: (key, byDefault) => resolve(client.string(key, byDefault)),
    resolveNumberEvaluation: (key, byDefault) => resolve(client.number(key, byDefault)),
    resolveObjectEvaluation: <T extends JsonValue>(key: string, byDefault: T) =>
      resolve(client.object(key, byDefault as never) as Flag<T>),
    track(name, _context, details: TrackingEventDetails = {}) {
      const { value, ...attributes } = details;
      client.track(name, {
        ...(value !== undefined && { value }),
        ...(Object.keys(attributes).length > 0 && { attributes: contextOf(attributes) as never }),
      });
    },
  };
};
