// The answer of /metrics: Node's own metrics by prom-client, ours from plain numbers that cost nothing until asked for.
import { collectDefaultMetrics, Registry } from 'prom-client';
import { durationBounds } from './call-stats.ts';
import type { MethodStats } from './call-stats.ts';
import { grpcCodes } from '../transport/status/grpc-code.ts';

/** One number that goes up and down, or only up (`_total`). */
export interface Measure {
  readonly name: string;
  readonly help: string;
  readonly value: number;
}

export interface MetricSources {
  calls(): readonly MethodStats[];
  measures(): readonly Measure[];
}

export interface Metrics {
  text(): Promise<{ readonly text: string; readonly contentType: string }>;
}

const codeNames = new Map<number, string>([
  [0, 'OK'],
  ...Object.entries(grpcCodes).map(([name, { number }]) => [number, name] as const),
]);

/** Starts collecting Node's metrics. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    async text() {
      const own = [...renderCalls(sources.calls()), ...sources.measures().flatMap(renderMeasure)];
      return { text: `${await registry.metrics()}\n${own.join('\n')}\n`, contentType: registry.contentType };
    },
  };
}

function renderCalls(calls: readonly MethodStats[]): readonly string[] {
  const called = calls.filter(({ byCode }) => byCode.some((count) => count > 0));
  return [
    '# HELP flags_calls_total Calls by method, transport and code.',
    '# TYPE flags_calls_total counter',
    ...called.flatMap(renderCodes),
    '# HELP flags_call_duration_seconds Duration of calls by method and transport.',
    '# TYPE flags_call_duration_seconds histogram',
    ...called.flatMap(renderDurations),
  ];
}

function renderCodes({ method, transport, byCode }: MethodStats): readonly string[] {
  return [...byCode].flatMap((count, code) =>
    count === 0
      ? []
      : [
          `flags_calls_total{method="${method}",transport="${transport}",code="${codeNames.get(code) ?? code}"} ${count}`,
        ],
  );
}

function renderDurations({ method, transport, byDuration, secondsSum }: MethodStats): readonly string[] {
  const labels = `method="${method}",transport="${transport}"`;
  let total = 0;
  const buckets = [...byDuration].map((count, index) => {
    total += count;
    return `flags_call_duration_seconds_bucket{${labels},le="${durationBounds[index] ?? '+Inf'}"} ${total}`;
  });
  return [
    ...buckets,
    `flags_call_duration_seconds_sum{${labels}} ${secondsSum}`,
    `flags_call_duration_seconds_count{${labels}} ${total}`,
  ];
}

function renderMeasure({ name, help, value }: Measure): readonly string[] {
  const type = name.endsWith('_total') ? 'counter' : 'gauge';
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name} ${value}`];
}
