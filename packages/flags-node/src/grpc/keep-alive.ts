// Notices a peer that is frozen or unreachable: an idle connection is pinged, a ping without answer ends it.
import type { ClientHttp2Session } from 'node:http2';
import { keepAliveIdleMs, keepAliveTimeoutMs, lateTimerMs } from '../limits.ts';
import type { Platform } from '../platform.ts';

/** Calls `onDead` at most once, within idle + timeout of the last sign of life (unless this process itself was blocked). */
export const keepAlive = (
  session: Pick<ClientHttp2Session, 'ping'>,
  platform: Platform,
  onDead: () => void,
): { readonly alive: () => void; readonly stop: () => void } => {
  let heardMs = platform.nowMs();
  let stopped = false;
  let cancel = (): void => undefined;

  const alive = (): void => {
    heardMs = platform.nowMs();
  };
  const wait = (ms: number, run: (late: boolean) => void): void => {
    const dueMs = platform.nowMs() + ms;
    cancel = platform.after(ms, () => {
      if (!stopped) run(platform.nowMs() > dueMs + lateTimerMs);
    });
  };
  const idle = (): void => {
    wait(heardMs + keepAliveIdleMs - platform.nowMs(), () => {
      if (platform.nowMs() - heardMs < keepAliveIdleMs) return idle();
      session.ping((error) => {
        if (!error) alive();
      });
      judge(platform.nowMs(), keepAliveTimeoutMs);
    });
  };
  const judge = (pingedMs: number, ms: number): void => {
    wait(ms, (late) => {
      if (heardMs >= pingedMs) return idle();
      // Blocked: what arrived meanwhile is read after this timer.
      if (late) return judge(pingedMs, lateTimerMs);
      stopped = true;
      onDead();
    });
  };
  idle();
  return {
    alive,
    stop: () => {
      stopped = true;
      cancel();
    },
  };
};
