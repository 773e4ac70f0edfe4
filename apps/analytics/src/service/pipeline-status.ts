// How far the pipeline has come, and what is not in, by reason.
import { succeed, type Result } from '@org/contract';
import type {
  PipelineStatusRequest,
  PipelineStatusResponse,
} from '@org/contract/gen/flags/v1/analytics_service';
import type { AnalyticsPorts } from '../ports.ts';
import type { PartStatus } from '../share/part-status.ts';

/** Events and drops of the environment; what is behind, and duplicates, of the whole log. */
export async function pipelineStatus(
  { gather, log }: Pick<AnalyticsPorts, 'gather' | 'log'>,
  { environment }: PipelineStatusRequest,
): Promise<Result<PipelineStatusResponse>> {
  // Unknown while the log is away: then it is at least nothing less than what was behind.
  const head = await log.head().catch(() => undefined);
  const parts = await gather('status', environment);
  const position = Math.min(...parts.map((part) => part.position));
  const received = parts.map(({ receivedMs }) => receivedMs).filter((time) => time !== undefined);
  return succeed({
    batchesBehind: head === undefined ? 0 : Math.max(0, head - position),
    events: sum(parts.map(({ events }) => events)),
    duplicates: sum(parts.map(({ duplicates }) => duplicates)),
    dropped: droppedOf(parts),
    dataUntil: received.length === 0 ? undefined : timestampOf(Math.max(...received)),
  });
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

function droppedOf(parts: readonly PartStatus[]): Record<string, number> {
  const dropped = new Map<string, number>();
  for (const [reason, count] of parts.flatMap((part) => part.dropped))
    dropped.set(reason, (dropped.get(reason) ?? 0) + count);
  return Object.fromEntries(dropped);
}

const timestampOf = (ms: number) => ({
  seconds: Math.floor(ms / 1_000),
  nanos: Math.floor((ms % 1_000) * 1_000_000),
});
