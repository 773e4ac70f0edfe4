// NATS where it is to be had and alive, Watch otherwise: Watch is open exactly while nothing arrives over NATS. Changes
// over without a gap, because both may deliver at once and the machine ignores what it has. With `watch` left out, NATS only.
import { createAlarm } from '../alarm.ts';
import { FlagsError } from '../errors.ts';
import { natsConnectMs, natsSilenceMs, natsSilenceSpreadMs, watchSpreadMs } from '../limits.ts';
import type { Platform } from '../platform.ts';
import type { StartNats } from './nats-listener.ts';
import type { OpenChannel, PushChannel } from './push-channel.ts';

export interface AutoChannelSettings {
  readonly nats: StartNats;
  readonly watch: PushChannel | undefined;
  readonly platform: Platform;
  readonly onError: (error: FlagsError) => void;
}

/** A channel over both. */
export const createAutoChannel = ({ nats, watch, platform, onError }: AutoChannelSettings): PushChannel => ({
  open(surroundings, listener) {
    let over = false;
    let connected = false;
    let natsAlive = false;
    let watching: OpenChannel | undefined;

    const close = (): void => {
      over = true;
      silence.stop();
      stopNats();
      watching?.close();
    };
    const fail = (error: FlagsError | undefined): void => {
      if (over) return;
      close();
      listener.closed(error);
    };
    const tellConnected = (resumes: boolean): void => {
      if (!connected) listener.connected(resumes);
      connected = true;
    };
    const startWatch = (): void => {
      if (over || watching) return;
      if (!watch) return fail(new FlagsError('PUSH_UNAVAILABLE', 'nothing arrives over NATS'));
      const closed = (error: FlagsError | undefined): void => {
        watching = undefined;
        if (!natsAlive) fail(error);
      };
      watching = watch.open(surroundings, { ...listener, connected: tellConnected, closed });
    };
    // Put off with every message: an alarm, as a timer for each would cost more than the message.
    const silence = createAlarm(platform, () => {
      natsAlive = false;
      startWatch();
    });
    const watchIn = (ms: number): void => silence.set(platform.nowMs() + ms);
    // Drawn once: a fleet that misses the same heartbeat does not come to Watch at once.
    const silenceMs = natsSilenceMs + platform.random() * natsSilenceSpreadMs;
    /** Something arrived over NATS: Watch is not needed until it has been silent for a while. */
    const heard = (): void => {
      natsAlive = true;
      watching?.close();
      watching = undefined;
      watchIn(silenceMs);
    };

    watchIn(natsConnectMs);
    const stopNats = nats(surroundings, {
      delta(delta) {
        heard();
        listener.delta(delta);
      },
      heartbeat(head) {
        heard();
        listener.heartbeat(head);
      },
      connected() {
        tellConnected(false);
        if (!watching) watchIn(silenceMs);
      },
      lost(error) {
        onError(error);
        // Without a session there is nothing to watch over: one wait for both, not one after the other.
        if (!watching && watch && !surroundings.session()) return fail(error);
        if (!watching) watchIn(natsAlive ? platform.random() * watchSpreadMs : 0);
        natsAlive = false;
      },
      none: () => watchIn(0),
    });
    return { survives: () => natsAlive, close };
  },
});
