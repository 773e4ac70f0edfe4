// The client machine for a transport that resumes by itself, in few bytes of code: browsers have one stream, whose other
// end first sends what is missing (docs/spec/wire.md, Watch). So the one repair is to open the stream anew: from where we
// are, or from nothing. Time, chance and effects are ports; must never give up, nor ask in step with other clients.
import type { Position, SyncDelta, SyncSnapshot, SyncStatus } from '../types.ts';
import type { StreamReplica } from './stream-replica.ts';

/** What a stream brings. */
export interface StreamMessage {
  readonly snapshot?: SyncSnapshot | undefined;
  readonly delta?: SyncDelta | undefined;
  readonly heartbeat?: Position | undefined;
}

/** What the platform provides. No port may throw or call the machine before it returns. */
export interface StreamPorts {
  /** Monotonic milliseconds. */
  now(): number;
  /** In [0, 1). */
  random(): number;
  /** Opens a stream from the position, or from nothing. Replaces the stream before: nothing more is heard of that. */
  connect(position: Position | undefined): void;
  /** Closes the stream, or gives up opening it. */
  disconnect(): void;
  /** Calls `tick` after so many milliseconds; replaces the earlier wish. */
  wakeIn(delayMs: number): void;
  onStatus(status: SyncStatus): void;
  /** The evaluator runs another state. */
  onChange(): void;
}

/** A running machine. */
export interface StreamMachine {
  readonly status: SyncStatus;
  start(): void;
  /** The other end takes the stream. */
  opened(): void;
  /** The stream ended or could not be opened. */
  closed(): void;
  receive(message: StreamMessage): void;
  /** The other end may be reached again: ends the wait to reconnect. */
  nudge(): void;
  tick(): void;
}

/** Silence of a stream, or time without confirmation, after which the state counts as stale. */
const staleAfterMs = 15_000;
/** Time to open a stream, and the time after it was too short: on a slow phone network it is. */
const openWithinMs = 5_000;
const openPatientlyWithinMs = 15_000;
/** After losing a stream: full jitter, so that a fleet does not come back in one moment. */
const reconnectSpreadMs = 10_000;
const silenceSpreadMs = 4_000;
/** An outage longer than this is no blip: from then on at most one attempt per 30 s. */
const longOutageMs = 120_000;
const longOutageDelayMs = 30_000;
/** Repairs: the first at once, then full jitter up to 0.5 s * 2^repairs, at most 10 s. */
const repairBaseMs = 500;
const repairCapMs = 10_000;

/** The machine in front of a replica, which may hold a stored state already. */
export const createStreamMachine = (replica: StreamReplica, ports: StreamPorts): StreamMachine => {
  let status: SyncStatus = 'NOT_READY';
  let link: 'waiting' | 'opening' | 'open' = 'waiting';
  /** waiting: when to connect; opening and open: when to give the stream up. */
  let dueMs = 0;
  let freshMs = -Infinity;
  /** Since when there is no confirmation. */
  let lostMs = 0;
  /** How far each history was run: never back behind that, should a lagging core serve an earlier one again. */
  const reached = new Map<string, number>();
  let repairs = 0;
  let fromNothing = false;
  let patient = false;

  const setStatus = (next: SyncStatus): void => {
    if (status !== next) ports.onStatus((status = next));
  };

  const wait = (delayMs: number): void => {
    ports.disconnect();
    link = 'waiting';
    dueMs = ports.now() + delayMs;
  };

  const lose = (spreadMs: number): void => {
    const long = ports.now() - lostMs > longOutageMs;
    wait((long ? longOutageDelayMs : 0) + ports.random() * (long ? silenceSpreadMs : spreadMs));
  };

  const repair = (whole: boolean): void => {
    fromNothing ||= whole;
    wait(repairs && ports.random() * Math.min(repairCapMs, repairBaseMs * 2 ** repairs));
    repairs++;
  };

  const noteReached = (): void => {
    const { position } = replica;
    if (position) reached.set(position.historyId, position.revision);
  };

  const take = (taken: boolean): boolean => {
    if (!taken) repair(true);
    else {
      fromNothing = false;
      noteReached();
      ports.onChange();
    }
    return taken;
  };

  /** Whether what runs here is now what the message names as the other end's state. */
  const follow = ({ snapshot, delta, heartbeat }: StreamMessage): boolean => {
    const word = snapshot ?? delta ?? heartbeat;
    const { position } = replica;
    if (!word || word.revision < (reached.get(word.historyId) ?? 0)) return false;
    const same = position?.historyId === word.historyId;
    const ahead = !same || word.revision > position.revision;
    if (!ahead && position.hash === word.hash) return true;
    if (snapshot) return take(replica.load(snapshot));
    if (ahead && same && delta && !delta.truncated && delta.previousRevision === position.revision) {
      return take(replica.apply(delta));
    }
    // A delta of the revision we are at says nothing new, whatever it hashes to.
    if (ahead || heartbeat) repair(!ahead || !same || !!delta?.truncated);
    return false;
  };

  /** Does what is due and says when to come back. */
  const settle = (): void => {
    const now = ports.now();
    if (link !== 'waiting' && now >= dueMs) {
      patient = link === 'opening';
      lose(patient ? reconnectSpreadMs : silenceSpreadMs);
    }
    if (status === 'READY' && now >= freshMs + staleAfterMs) setStatus('STALE');
    if (link === 'waiting' && now >= dueMs) {
      link = 'opening';
      dueMs = now + (patient ? openPatientlyWithinMs : openWithinMs);
      ports.connect(fromNothing ? undefined : replica.position);
    }
    ports.wakeIn(Math.min(dueMs, status === 'READY' ? freshMs + staleAfterMs : Infinity) - now);
  };

  return {
    get status() {
      return status;
    },
    start() {
      lostMs = dueMs = ports.now();
      noteReached();
      if (replica.position) setStatus('STALE');
      settle();
    },
    opened() {
      link = 'open';
      dueMs = ports.now() + staleAfterMs;
      settle();
    },
    closed() {
      lose(reconnectSpreadMs);
      settle();
    },
    receive(message) {
      const now = ports.now();
      // A message that confirms nothing does not count: an end that is stuck behind us is left.
      if (follow(message)) {
        freshMs = lostMs = now;
        dueMs = now + staleAfterMs;
        if (message.heartbeat) repairs = 0;
        setStatus('READY');
      }
      settle();
    },
    nudge() {
      if (link === 'waiting') dueMs = ports.now();
      settle();
    },
    tick: settle,
  };
};
