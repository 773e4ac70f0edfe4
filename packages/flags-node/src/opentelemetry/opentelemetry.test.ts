// The OpenTelemetry hook with the real SDK and its exporters in memory: what leaves a process, attribute by attribute.
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryClient, type MemoryClient } from '../memory-client.ts';
import { createTelemetryHook, type TelemetryOptions } from './index.ts';

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());

const start = (options: TelemetryOptions): MemoryClient =>
  createMemoryClient(
    {
      flags: {
        banner: {
          type: 'object',
          enabled: true,
          variants: { loud: { text: 'Sale' }, calm: { text: '' } },
          rules: [
            {
              id: 'gold',
              when: { op: 'equals', attribute: 'tier', value: 'gold' },
              serve: { variant: 'loud' },
            },
          ],
          default: { split: { weights: [{ variant: 'calm', weight: 1 }] } },
        },
        off: { type: 'string', enabled: false, variants: { a: 'a' } },
      },
    },
    { hooks: [createTelemetryHook(options)] },
  );

const startLogs = (options: TelemetryOptions = {}) => {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  const client = start({ logger: provider.getLogger('test'), metrics: false, ...options });
  return { client, records: () => exporter.getFinishedLogRecords() };
};

describe('log events', () => {
  it('carry what Appendix D names', () => {
    const { client, records } = startLogs({ flagSetId: 'shop/production' });
    client.object('banner', {}).get({ targetingKey: 'u-1', tier: 'gold' });
    expect(records().map(({ eventName }) => eventName)).toEqual(['feature_flag.evaluation']);
    expect(records()[0]?.attributes).toEqual({
      'feature_flag.key': 'banner',
      'feature_flag.provider.name': 'flags-node',
      'feature_flag.result.variant': 'loud',
      'feature_flag.result.reason': 'targeting_match',
      'feature_flag.version': '0',
      'feature_flag.set.id': 'shop/production',
      'feature_flag.context.id': 'u-1',
    });
  });

  it('name errors and reasons in lower snake case', () => {
    const { client, records } = startLogs();
    client.boolean('nowhere', true).get({});
    client.boolean('banner', true).get({});
    client.object('banner', {}).get({});
    client.object('banner', {}).get({ targetingKey: 1 });
    client.string('off', 'mine').get({});
    expect(
      records().map(({ attributes }) => [attributes['feature_flag.result.reason'], attributes['error.type']]),
    ).toEqual([
      ['error', 'flag_not_found'],
      ['error', 'type_mismatch'],
      ['error', 'targeting_key_missing'],
      ['split', undefined],
      ['disabled', undefined],
    ]);
  });

  it('say the value where there is no variant, or when asked, and cut it', () => {
    const { client, records } = startLogs({ includeValue: true, valueCharsMax: 8 });
    client.object('banner', {}).get({ tier: 'gold' });
    client.string('off', 'a long default').get({});
    client.boolean('nowhere', true).get({});
    expect(records().map(({ attributes }) => attributes['feature_flag.result.value'])).toEqual([
      '{"text":',
      'a long d',
      true,
    ]);
  });

  it.each([
    [{ kind: 'multi', user: { targetingKey: 'u' }, device: { targetingKey: 'd' } }, undefined, 'u'],
    [{ kind: 'multi', device: { targetingKey: 'd' } }, undefined, 'd'],
    [{ kind: 'multi', device: { targetingKey: 'd' }, account: { targetingKey: 'a' } }, undefined, undefined],
    [{ targetingKey: 7 }, undefined, '7'],
    [{ targetingKey: 'u' }, false as const, undefined],
    [{ targetingKey: 'u' }, () => 'pseudonym', 'pseudonym'],
  ])('of the context %j with %s say %s', (given, contextId, expected) => {
    const { client, records } = startLogs(contextId === undefined ? {} : { contextId });
    client.object('banner', {}).get(given);
    expect(records()[0]?.attributes['feature_flag.context.id']).toBe(expected);
  });

  it('belong to the active span', () => {
    const { client, records } = startLogs();
    const span = new TracerProvider().getTracer('test').startSpan('request');
    context.with(trace.setSpan(context.active(), span), () => client.object('banner', {}).get({}));
    expect(records()[0]?.spanContext?.traceId).toBe(span.spanContext().traceId);
  });
});

describe('span events', () => {
  it('stand on the active span, and nowhere when there is none', () => {
    const exporter = new InMemorySpanExporter();
    const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
    const client = start({ events: 'span', metrics: false });
    const flag = client.object('banner', {});
    flag.get({ targetingKey: 'before' });
    const span = provider.getTracer('test').startSpan('request');
    context.with(trace.setSpan(context.active(), span), () => flag.get({ targetingKey: 'u-1' }));
    span.end();
    flag.get({ targetingKey: 'after' });
    const [request] = exporter.getFinishedSpans();
    expect(request?.events.map(({ name }) => name)).toEqual(['feature_flag.evaluation']);
    expect(request?.events[0]?.attributes).toMatchObject({
      'feature_flag.key': 'banner',
      'feature_flag.result.variant': 'calm',
      'feature_flag.result.reason': 'split',
      'feature_flag.context.id': 'u-1',
    });
  });
});

describe('metrics', () => {
  it('count requests, successes and errors, without the context', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const metrics = new MeterProvider({ readers: [reader] });
    const client = start({ events: 'none', metrics });
    const flag = client.object('banner', {});
    for (let user = 0; user < 3; user++) flag.get({ targetingKey: `u-${user}` });
    client.boolean('nowhere', true).get({});
    await reader.forceFlush();
    const points = exporter
      .getMetrics()[0]
      ?.scopeMetrics[0]?.metrics.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ value, attributes }) => [descriptor.name, value, attributes]),
      );
    const common = { 'feature_flag.provider.name': 'flags-node' };
    const banner = { ...common, 'feature_flag.key': 'banner' };
    const nowhere = { ...common, 'feature_flag.key': 'nowhere' };
    expect(points).toEqual([
      ['feature_flag.evaluation_requests_total', 3, banner],
      ['feature_flag.evaluation_requests_total', 1, nowhere],
      [
        'feature_flag.evaluation_success_total',
        3,
        { ...banner, 'feature_flag.result.variant': 'calm', 'feature_flag.result.reason': 'split' },
      ],
      [
        'feature_flag.evaluation_error_total',
        1,
        { ...nowhere, 'feature_flag.result.reason': 'error', 'error.type': 'flag_not_found' },
      ],
    ]);
    await metrics.shutdown();
  });
});

it('works with the global providers of an application that registered none', () => {
  const client = start({});
  expect(client.object('banner', {}).get({ tier: 'gold' })).toEqual({ text: 'Sale' });
});
