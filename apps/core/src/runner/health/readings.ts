// Reads what rules name outside: Prometheus queries and HTTP probes. In the background, each at its own interval: nothing waits
// for an address that does not answer, least of all a roll-back.
import { rulesOf, type Reading } from '@org/automation';
import type { HealthRule, HttpRule, PrometheusRule, Rollout } from '@org/contract/model';
import type { GuardedGet } from '../../outbound/guarded-get.ts';

export interface Readings {
  /** The latest reading of each rule, and starts new ones where they are due. */
  latest(subject: string, rollout: Rollout, nowMs: number): { readonly [ruleId: string]: Reading };
  /** Forgets subjects that are no longer asked for. */
  retain(subjects: ReadonlySet<string>): void;
}

const intervalMsDefault = 10_000;

/** Starts with no reading. */
export function createReadings(get: GuardedGet, intervalMs = intervalMsDefault): Readings {
  const held = new Map<string, Map<string, { startedMs: number; reading?: Reading }>>();
  return {
    latest(subject, rollout, nowMs) {
      const rules = rulesOf(rollout).filter(isRead);
      const own = held.get(subject) ?? new Map<string, { startedMs: number; reading?: Reading }>();
      held.set(subject, own);
      for (const rule of rules) {
        const before = own.get(rule.id);
        // A clock that was set back would let nothing be due for long.
        if (before !== undefined && Math.abs(nowMs - before.startedMs) < intervalMs) continue;
        const entry = { ...before, startedMs: nowMs };
        own.set(rule.id, entry);
        void read(get, rule, nowMs).then((reading) => (entry.reading = reading));
      }
      return Object.fromEntries(
        [...own].flatMap(([id, { reading }]) => (reading === undefined ? [] : [[id, reading] as const])),
      );
    },
    retain(subjects) {
      for (const subject of held.keys()) if (!subjects.has(subject)) held.delete(subject);
    },
  };
}

const isRead = (rule: HealthRule): rule is PrometheusRule | HttpRule =>
  rule.type === 'prometheus' || rule.type === 'http';

async function read(get: GuardedGet, rule: PrometheusRule | HttpRule, atMs: number): Promise<Reading> {
  if (rule.type === 'http') {
    const found = await get(rule.url);
    // No answer is an answer here: what is probed is whether it answers.
    return { atMs, value: found.ok && found.status < 400 ? 1 : 0 };
  }
  const found = await get(
    `${rule.url.replace(/\/$/, '')}/api/v1/query?query=${encodeURIComponent(rule.query)}`,
  );
  if (!found.ok) return { atMs, problem: `Prometheus: ${found.problem}.` };
  const value = firstValue(found.body);
  return value === undefined ? { atMs, problem: 'Prometheus: the query has no value.' } : { atMs, value };
}

/** Of a vector its first sample, of a scalar itself (https://prometheus.io/docs/prometheus/latest/querying/api). */
function firstValue(body: string): number | undefined {
  try {
    const { data } = JSON.parse(body) as { data?: { resultType?: string; result?: unknown } };
    const result = Array.isArray(data?.result) ? (data.result as unknown[]) : [];
    const sample =
      data?.resultType === 'scalar' ? result : (result[0] as { value?: unknown } | undefined)?.value;
    const value = Array.isArray(sample) ? Number(sample[1]) : NaN;
    return Number.isFinite(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
