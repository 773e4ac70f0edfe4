// The client's state machine (docs/spec/wire.md): what happened in, what to do out. Pure: time and random numbers come
// with the events. Must never ask for two connections or two fetches at once, and never give up.
import * as limits from './limits.ts';
import type {
  Position,
  SyncAction,
  SyncDelta,
  SyncReport,
  SyncSnapshot,
  SyncStatus,
  TimedSyncEvent,
} from './types.ts';

/** Everything the machine remembers. Opaque to its users but for `status`, `position` and `freshAtMs`. */
export interface SyncState {
  readonly status: SyncStatus;
  /** What the evaluator runs. */
  readonly position: Position | undefined;
  /** When the position was last confirmed to be the server's head; -Infinity: never. */
  readonly freshAtMs: number;
  /** The newest position the server is known to have, since this connection began. */
  readonly head: Position | undefined;
  /** Grows with every connection; what names another one is ignored. */
  readonly connection: number;
  readonly link: 'off' | 'waiting' | 'connecting' | 'open';
  /** waiting: when to connect; connecting: when to give up; open: when it last brought something useful. */
  readonly linkAtMs: number;
  /** Since when there has been no confirmation over a connection; undefined while all is well. */
  readonly lostAtMs: number | undefined;
  /** Whether this connection's server has been told what runs here. */
  readonly reported: boolean;
  readonly need: Need | undefined;
  readonly needAtMs: number;
  /** Grows with every fetch; an answer to another one is ignored. */
  readonly fetch: number;
  readonly fetching: Need | undefined;
  readonly fetchAtMs: number;
  /** Repairs in a row, and the time the next one has to wait for. */
  readonly repairs: number;
  readonly notBeforeMs: number;
  readonly pending: readonly SyncDelta[];
  /** The load or apply that was asked for and not answered yet. */
  readonly asked: SyncDelta | SyncSnapshot | undefined;
  /** Undamaged content that could not be applied: asked for again, but rarely. */
  readonly refused: Position | undefined;
  /** Where histories were left: never back behind that, should a lagging core serve one of them again. */
  readonly left: readonly Position[];
  readonly wakeAtMs: number;
}

type Need = 'deltas' | 'snapshot';
type Draft = { -readonly [K in keyof SyncState]: SyncState[K] };

/** One step of work: the state being changed, and what is to be done. */
interface Work {
  readonly s: Draft;
  readonly now: number;
  readonly random: number;
  readonly actions: SyncAction[];
}

/** The state before `started`. */
export const initialSyncState: SyncState = {
  status: 'NOT_READY',
  position: undefined,
  freshAtMs: -Infinity,
  head: undefined,
  connection: 0,
  link: 'off',
  linkAtMs: 0,
  lostAtMs: undefined,
  reported: false,
  need: undefined,
  needAtMs: 0,
  fetch: 0,
  fetching: undefined,
  fetchAtMs: 0,
  repairs: 0,
  notBeforeMs: 0,
  pending: [],
  asked: undefined,
  refused: undefined,
  left: [],
  wakeAtMs: Infinity,
};

/** Advances the machine by one event. */
export const step = (
  state: SyncState,
  event: TimedSyncEvent,
): { readonly state: SyncState; readonly actions: readonly SyncAction[] } => {
  const work: Work = { s: { ...state }, now: event.now, random: event.random, actions: [] };
  handle(work, event);
  runTimers(work, event.type === 'tick');
  return { state: work.s, actions: work.actions };
};

/** Whether the event belongs to the connection and the fetch under way. */
const isCurrent = (s: SyncState, event: TimedSyncEvent): boolean => {
  if ('fetch' in event) return s.fetching !== undefined && event.fetch === s.fetch;
  if (!('connection' in event)) return true;
  if (event.connection !== s.connection) return false;
  if (event.type === 'disconnected') return s.link === 'connecting' || s.link === 'open';
  return s.link === (event.type === 'connected' ? 'connecting' : 'open');
};

const handle = (work: Work, event: TimedSyncEvent): void => {
  const { s, now } = work;
  if (!isCurrent(s, event)) return;
  switch (event.type) {
    case 'started':
      s.position = event.cached;
      s.lostAtMs = now;
      if (event.cached) setStatus(work, 'STALE');
      return connect(work);
    case 'connected':
      return onConnected(work, event.resumes);
    case 'disconnected':
      return lose(work, event.silent ? limits.silenceSpreadMs : limits.reconnectSpreadMs);
    case 'heartbeat':
      noteHead(s, event.heartbeat);
      return settle(work, event.heartbeat);
    case 'delta':
      take(work, event.delta);
      return drain(work);
    case 'snapshot':
      if ('fetch' in event) endFetch(s);
      return consider(work, event.snapshot);
    case 'deltas':
      return onDeltas(work, event.deltas.slice(0, limits.deltasPerFetch), event.head);
    case 'deltasUnavailable':
      endFetch(s);
      s.notBeforeMs = now;
      return want(work, 'snapshot', 0);
    case 'notModified':
      endFetch(s);
      if (s.position) noteHead(s, s.position);
      return settle(work, s.position);
    case 'fetchFailed':
      return failFetch(work);
    case 'applied':
      return onApplied(work, event.position, event.problems);
    case 'refused':
      return onRefused(work, event.reason === 'content');
    case 'tick':
      // The timers run after every event.
      return;
  }
};

const connect = ({ s, now, actions }: Work): void => {
  s.connection += 1;
  s.link = 'connecting';
  s.linkAtMs = now + limits.connectTimeoutMs;
  actions.push({ type: 'connect', connection: s.connection, position: s.position });
};

const onConnected = (work: Work, resumes: boolean): void => {
  const { s, now } = work;
  s.link = 'open';
  s.linkAtMs = now;
  s.reported = false;
  // What an earlier server claimed is forgotten: a wrong claim must not outlive its connection.
  s.head = undefined;
  // Repairs begin anew, on this connection: connections are spread, so these are, too.
  s.need = s.fetching = undefined;
  s.repairs = 0;
  s.notBeforeMs = now;
  if (!resumes) want(work, s.position ? 'deltas' : 'snapshot', 0);
};

/** The connection is gone: come back after a random wait, so that a fleet does not return in one moment. */
const lose = ({ s, now, random }: Work, spreadMs: number): void => {
  s.link = 'waiting';
  s.lostAtMs ??= now;
  const long = now - s.lostAtMs > limits.longOutageMs;
  s.linkAtMs =
    now + (long ? limits.longOutageDelayMs + random * limits.longOutageSpreadMs : random * spreadMs);
};

const drop = (work: Work, spreadMs: number): void => {
  work.actions.push({ type: 'disconnect', connection: work.s.connection });
  lose(work, spreadMs);
};

/** Another history's word replaces the head, too: which one is right, a snapshot decides. */
const noteHead = (s: Draft, { historyId, revision, hash }: Position): void => {
  if (!s.head || s.head.historyId !== historyId || revision >= s.head.revision)
    s.head = { historyId, revision, hash };
};

const isAfter = (delta: Position, position: Position | undefined): boolean =>
  delta.historyId !== position?.historyId || delta.revision > position.revision;

/** Holds a delta back until it fits. A truncated one never will. */
const take = (work: Work, delta: SyncDelta, max: number = limits.pendingDeltasMax): void => {
  const { s } = work;
  // A history goes from n to n + 1: anything else was damaged on its way, and is found missing by the next word.
  if (delta.revision !== delta.previousRevision + 1) return;
  noteHead(s, delta);
  if (!isAfter(delta, s.position)) return;
  if (delta.truncated) return want(work, 'snapshot', 0);
  // The newer word counts: the one that is held may have been damaged on its way, and would keep the good one out.
  const others = s.pending.filter(
    (held) => held.historyId !== delta.historyId || held.revision !== delta.revision,
  );
  if (others.length < max) s.pending = [...others, delta];
};

/** Asks for the next delta that fits, or settles what is missing. `word`: what the server said last. */
const drain = (work: Work, word?: Position): void => {
  const { s } = work;
  s.pending = s.pending.filter((delta) => isAfter(delta, s.position));
  const { position } = s;
  const next = s.pending.find(
    (delta) => delta.historyId === position?.historyId && delta.previousRevision === position.revision,
  );
  if (!next) return settle(work, word);
  s.asked = next;
  work.actions.push({ type: 'apply', delta: next });
};

/** Compares what runs here with what the server has. */
const settle = (work: Work, word?: Position): void => {
  const { s, now } = work;
  const { position, head, refused } = s;
  if (!head) return;
  if (refused && word && same(refused, word)) s.linkAtMs = now;
  if (position?.historyId !== head.historyId) return want(work, 'snapshot', limits.graceMs);
  if (head.revision > position.revision) return want(work, 'deltas', s.pending.length ? 0 : limits.graceMs);
  if (head.revision < position.revision) return;
  if (head.hash !== position.hash) return want(work, 'snapshot', 0);
  if (word && same(word, position)) confirm(work);
};

const same = (a: Position, b: Position): boolean =>
  a.historyId === b.historyId && a.revision === b.revision && a.hash === b.hash;

/** The server says that what runs here is its head. */
const confirm = (work: Work): void => {
  const { s, now } = work;
  s.freshAtMs = s.linkAtMs = now;
  s.lostAtMs = s.need = undefined;
  if (now - s.fetchAtMs > limits.repairMemoryMs) s.repairs = 0;
  setStatus(work, 'READY');
  if (!s.reported) report(work, 'APPLIED');
};

const consider = (work: Work, snapshot: SyncSnapshot): void => {
  const { s } = work;
  noteHead(s, snapshot);
  const { position } = s;
  const old = [position, ...s.left].some(
    (seen) => seen?.historyId === snapshot.historyId && snapshot.revision < seen.revision,
  );
  if (old || (position && same(position, snapshot))) return settle(work, snapshot);
  s.asked = snapshot;
  work.actions.push({ type: 'load', snapshot });
};

const onDeltas = (work: Work, deltas: readonly SyncDelta[], head: Position | undefined): void => {
  const { s, now } = work;
  endFetch(s);
  for (const delta of deltas) take(work, delta, limits.pendingDeltasMax + limits.deltasPerFetch);
  if (head) noteHead(s, head);
  // A page that fits, with more to be had, is progress; one that says "too large" names the other way. Neither is a
  // failed repair, so the next one does not wait.
  const last = deltas.at(-1);
  const more =
    head && last && last.revision < head.revision && deltas[0]?.previousRevision === s.position?.revision;
  if (more) {
    s.repairs = 0;
    want(work, 'deltas', 0);
  }
  if (more || deltas.some(({ truncated }) => truncated)) s.notBeforeMs = now;
  drain(work, head);
};

const onApplied = (work: Work, position: Position, problems: SyncReport['problems']): void => {
  const { s, now } = work;
  const before = s.position;
  if (before && position.historyId !== before.historyId) {
    s.left = [before, ...s.left.filter(({ historyId }) => historyId !== before.historyId)].slice(
      0,
      limits.leftHistoriesMax,
    );
  }
  s.pending = s.pending.filter((delta) => delta.historyId === position.historyId);
  s.position = position;
  s.asked = s.refused = undefined;
  s.linkAtMs = s.link === 'open' ? now : s.linkAtMs;
  work.actions.push({ type: 'persist' });
  report(work, problems.length ? 'APPLIED_WITH_PROBLEMS' : 'APPLIED', problems);
  if (s.status === 'NOT_READY') {
    s.freshAtMs = now;
    setStatus(work, 'READY');
  }
  drain(work, position);
};

const onRefused = (work: Work, forGood: boolean): void => {
  const { s } = work;
  const { asked } = s;
  if (!asked) return;
  s.asked = undefined;
  s.pending = s.pending.filter((delta) => delta !== asked);
  if (forGood) s.refused = { historyId: asked.historyId, revision: asked.revision, hash: asked.hash };
  report(work, 'REFUSED', [], asked.revision);
  want(work, 'snapshot', 0);
};

const report = (
  { s, actions }: Work,
  status: SyncReport['status'],
  problems: SyncReport['problems'] = [],
  refusedRevision?: number,
): void => {
  const position = s.position ?? { historyId: '', revision: 0, hash: '' };
  s.reported = true;
  actions.push({
    type: 'report',
    report: { ...position, status, problems, ...(refusedRevision === undefined ? {} : { refusedRevision }) },
  });
};

const setStatus = ({ s, actions }: Work, status: SyncStatus): void => {
  if (s.status !== status) actions.push({ type: 'state', status });
  s.status = status;
};

/** Notes that something is missing; a snapshot outdoes deltas. Fetched by the timers, which know the back-off. */
const want = ({ s, now }: Work, need: Need, delayMs: number): void => {
  s.needAtMs = s.need ? Math.min(s.needAtMs, now + delayMs) : now + delayMs;
  if (s.need !== 'snapshot') s.need = need;
};

const startFetch = ({ s, now, random, actions }: Work): void => {
  const { position } = s;
  s.fetching = position ? s.need : 'snapshot';
  s.need = undefined;
  s.fetch += 1;
  s.fetchAtMs = now;
  s.repairs += 1;
  const cap = s.refused ? limits.refusedCapMs : limits.repairCapMs;
  s.notBeforeMs = now + random * Math.min(cap, limits.repairBaseMs * 2 ** s.repairs);
  const { fetch } = s;
  if (position && s.fetching === 'deltas')
    actions.push({ type: 'fetchDeltas', fetch, position, limit: limits.deltasPerFetch });
  else actions.push({ type: 'fetchSnapshot', fetch, position });
};

const endFetch = (s: Draft): void => {
  if (s.fetching === 'snapshot' || s.need === 'deltas') s.need = undefined;
  s.fetching = undefined;
};

const failFetch = (work: Work): void => {
  const need = work.s.fetching;
  endFetch(work.s);
  if (need) want(work, need, 0);
};

/** Does what is due and says when to come back. */
const runTimers = (work: Work, isTick: boolean): void => {
  const { s, now } = work;
  if (isTick && s.link === 'open' && now > s.wakeAtMs + limits.lateTickMs) {
    s.linkAtMs = Math.max(s.linkAtMs, now + limits.lateTickMs - limits.uselessAfterMs);
  }
  if (s.link === 'connecting' && now >= s.linkAtMs) drop(work, limits.silenceSpreadMs);
  if (s.link === 'open' && now >= s.linkAtMs + limits.uselessAfterMs) drop(work, limits.silenceSpreadMs);
  if (s.link === 'waiting' && now >= s.linkAtMs) connect(work);
  if (s.status === 'READY' && now >= s.freshAtMs + limits.staleAfterMs) setStatus(work, 'STALE');
  if (s.fetching && now >= s.fetchAtMs + limits.fetchTimeoutMs) failFetch(work);
  if (now >= fetchDueAt(s)) startFetch(work);

  const wakeAtMs = Math.min(
    s.link === 'off' ? Infinity : s.link === 'open' ? s.linkAtMs + limits.uselessAfterMs : s.linkAtMs,
    s.status === 'READY' ? s.freshAtMs + limits.staleAfterMs : Infinity,
    s.fetching ? s.fetchAtMs + limits.fetchTimeoutMs : Infinity,
    fetchDueAt(s),
  );
  if (wakeAtMs !== s.wakeAtMs || isTick) work.actions.push({ type: 'wake', atMs: wakeAtMs });
  s.wakeAtMs = wakeAtMs;
};

/** When the next fetch may start: never while one is under way, unless a snapshot outdoes deltas. */
const fetchDueAt = (s: Draft): number =>
  s.need &&
  s.link === 'open' &&
  !s.asked &&
  (!s.fetching || (s.fetching === 'deltas' && s.need === 'snapshot'))
    ? Math.max(s.needAtMs, s.notBeforeMs)
    : Infinity;
