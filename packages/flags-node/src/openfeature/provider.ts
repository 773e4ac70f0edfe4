// An OpenFeature provider for servers over a client that the application has made. Evaluates in memory, as the client does; what
// it adds is OpenFeature's shape and events. Must never throw from an evaluation, nor look into hooks.
import {
  ErrorCode,
  OpenFeatureEventEmitter,
  ProviderNotReadyError,
  ServerProviderEvents,
} from '@openfeature/server-sdk';
import type {
  EvaluationContext,
  JsonValue,
  Provider,
  ResolutionDetails,
  TrackingEventDetails,
} from '@openfeature/server-sdk';
import { contextOf, resolutionOf } from '@org/evaluator/openfeature';
import type { FlagHandle, FlagsClient } from '../types.ts';
import { sdkName } from '../version.ts';

export interface ProviderOptions {
  /** How long setting the provider waits for the first state. Default 5,000; later than that it becomes ready by an event. */
  readonly readyTimeoutMs?: number;
  /** Whether closing OpenFeature closes the client. Default true. */
  readonly closesClient?: boolean;
}

/** Makes a provider; one for each client. */
export const createProvider = (client: FlagsClient, options: ProviderOptions = {}): Provider => {
  const { readyTimeoutMs, closesClient = true } = options;
  const events = new OpenFeatureEventEmitter();
  /** Until the first state is announced by OpenFeature itself, nothing is told twice. */
  let announced = false;

  const announceState = (): void => {
    if (client.state === 'READY') events.emit(ServerProviderEvents.Ready);
    if (client.state === 'STALE')
      events.emit(ServerProviderEvents.Stale, { message: 'no core confirms the state' });
  };
  const stops = [
    client.on('state', () => announced && announceState()),
    client.on('change', ({ flagKeys }) => {
      if (announced) events.emit(ServerProviderEvents.ConfigurationChanged, { flagsChanged: [...flagKeys] });
    }),
    client.on('error', ({ message }) => {
      // With a state to evaluate, what fails behind it is not the application's business: it shows as STALE.
      if (announced && client.state === 'NOT_READY')
        events.emit(ServerProviderEvents.Error, { message, errorCode: ErrorCode.PROVIDER_NOT_READY });
    }),
  ];

  const resolve = <T>(handle: FlagHandle<T>, context: EvaluationContext): Promise<ResolutionDetails<T>> =>
    Promise.resolve(resolutionOf(handle.details(contextOf(context))) as ResolutionDetails<T>);

  return {
    metadata: { name: sdkName },
    runsOn: 'server',
    events,
    async initialize() {
      const state = await client.ready(readyTimeoutMs === undefined ? {} : { timeoutMs: readyTimeoutMs });
      announced = true;
      if (state === 'NOT_READY')
        throw new ProviderNotReadyError('No core and no stored snapshot within the time.');
      // OpenFeature says "ready" when this has returned; that the state is an old one is told after it.
      if (state === 'STALE') setTimeout(announceState, 0);
    },
    async onClose() {
      for (const stop of stops) stop();
      if (closesClient) await client.close();
    },
    resolveBooleanEvaluation: (key, byDefault, context) => resolve(client.boolean(key, byDefault), context),
    resolveStringEvaluation: (key, byDefault, context) => resolve(client.string(key, byDefault), context),
    resolveNumberEvaluation: (key, byDefault, context) => resolve(client.number(key, byDefault), context),
    resolveObjectEvaluation: <T extends JsonValue>(key: string, byDefault: T, context: EvaluationContext) =>
      resolve(client.object(key, byDefault as never) as FlagHandle<T>, context),
    track(name, context, details: TrackingEventDetails = {}) {
      const { value, ...attributes } = details;
      client.track(name, {
        context: contextOf(context),
        ...(value !== undefined && { value }),
        ...(Object.keys(attributes).length > 0 && { attributes: contextOf(attributes) as never }),
      });
    },
  };
};
