// Asks an overloaded core for what it must always answer: health, and the kill switch.
import { setTimeout as pause } from 'node:timers/promises';
import { call } from '@org/tools/cluster/admin-client';

/** What was asked and how it went. */
export interface Probed {
  readonly kills: number;
  readonly killsRefused: number;
  readonly killMaxMs: number;
  readonly health: number;
  readonly healthRefused: number;
  readonly healthMaxMs: number;
}

const intervalMs = 200;

/** Starts asking. */
export function startProbes(
  httpUrl: string,
  environment: string,
  flagKey: string,
): { stop(): Promise<Probed> } {
  const stopping = new AbortController();
  let killed = false;
  const kill = async (): Promise<void> => {
    killed = !killed;
    await call(httpUrl, 'AdminService/Kill', { environment, flagKey, restore: !killed, reason: 'probe' });
  };
  const health = async (): Promise<void> => {
    const response = await fetch(`${httpUrl}/healthz`);
    await response.text();
    if (!response.ok) throw new Error(String(response.status));
  };
  const both = [ask(kill, stopping.signal), ask(health, stopping.signal)] as const;
  return {
    async stop() {
      stopping.abort();
      const [kills, checks] = await Promise.all(both);
      return {
        kills: kills.asked,
        killsRefused: kills.refused,
        killMaxMs: Math.round(kills.maxMs),
        health: checks.asked,
        healthRefused: checks.refused,
        healthMaxMs: Math.round(checks.maxMs),
      };
    },
  };
}

async function ask(
  question: () => Promise<void>,
  stopping: AbortSignal,
): Promise<{ asked: number; refused: number; maxMs: number }> {
  const result = { asked: 0, refused: 0, maxMs: 0 };
  while (!stopping.aborted) {
    const startMs = performance.now();
    result.asked += 1;
    await question().catch(() => (result.refused += 1));
    result.maxMs = Math.max(result.maxMs, performance.now() - startMs);
    await pause(intervalMs, undefined, { signal: stopping }).catch(() => undefined);
  }
  return result;
}
