// The life of an alarm: pending while it may be a blip, firing until it has held for long enough, told once. Time is what passed
// between looks, bounded: a clock that jumps neither raises nor ends anything.
import type { Alert } from '@org/contract/model';
import type { Judgement } from './judge.ts';

export interface AlertIncident {
  /** Unique in the environment. */
  readonly id: string;
  readonly startedMs: number;
  /** How often it was told that it fires. */
  readonly tells: number;
  /** When last. */
  readonly toldMs?: number;
}

/** What is known of an alert beside its document. */
export interface AlertStatus {
  /** Of the document that was looked at. */
  readonly revision: number;
  readonly state: 'ok' | 'pending' | 'firing';
  readonly sinceMs: number;
  readonly lookedAtMs: number;
  readonly judgement: Judgement;
  /** How long the rule has been broken, or has held, without a look that said otherwise. */
  readonly badForMs: number;
  readonly goodForMs: number;
  readonly incident?: AlertIncident;
  /** When incidents of the last hour began. */
  readonly starts: readonly number[];
}

export type AlertEvent = 'firing' | 'still_firing' | 'resolved';

/** Something to be told once to each channel. */
export interface AlertNotice {
  /** Unique in the environment. */
  readonly id: string;
  readonly event: AlertEvent;
  readonly incidentId: string;
  readonly startedMs: number;
  readonly text: string;
}

/** Around an alert. */
export interface AlertSurroundings {
  readonly nowMs: number;
  readonly isSilenced: boolean;
  /** Incidents that somebody looks at. */
  readonly acknowledged: ReadonlySet<string>;
}

export interface AlertStep {
  readonly status: AlertStatus;
  readonly notices: readonly AlertNotice[];
}

/** An alert as a document holds it. */
export interface StandingAlert {
  readonly key: string;
  readonly revision: number;
  readonly alert: Alert;
}

const forSecondsDefault = 60;
const resolveSecondsDefault = 300;
/** No look stands for a longer time than this. */
const lookMsMax = 60_000;
const hourMs = 3_600_000;
const startsMax = 20;
/** With so many incidents in an hour it flaps. */
const flapsMin = 3;

/** Came and went often lately. */
export const isFlapping = ({ starts }: AlertStatus): boolean => starts.length >= flapsMin;

/** One look. */
export function stepAlert(
  standing: StandingAlert,
  before: AlertStatus | undefined,
  judgement: Judgement,
  around: AlertSurroundings,
): AlertStep {
  const looked = look(standing, before, judgement, around.nowMs);
  const moved = move(standing, looked, around.nowMs);
  return tell(standing, moved, around);
}

const unseen = (nowMs: number, judgement: Judgement): AlertStatus => ({
  revision: 0,
  state: 'ok',
  sinceMs: nowMs,
  lookedAtMs: nowMs,
  judgement,
  badForMs: 0,
  goodForMs: 0,
  starts: [],
});

/** Adds the time that passed to what the look confirms. */
function look(
  { revision }: StandingAlert,
  before: AlertStatus | undefined,
  judgement: Judgement,
  nowMs: number,
): AlertStatus {
  const known = before ?? unseen(nowMs, judgement);
  // Another rule is another question: what was measured for the one says nothing of the other.
  const [badForMs, goodForMs] = known.revision === revision ? [known.badForMs, known.goodForMs] : [0, 0];
  const passedMs = Math.min(lookMsMax, Math.max(0, nowMs - known.lookedAtMs));
  const isSame =
    before !== undefined && known.revision === revision && known.judgement.verdict === judgement.verdict;
  const grownMs = isSame ? passedMs : 0;
  const starts = known.starts.filter((at) => at > nowMs - hourMs && at <= nowMs);
  const next = { ...known, revision, judgement, lookedAtMs: nowMs, starts };
  if (judgement.verdict === 'unknown') return { ...next, badForMs, goodForMs };
  return judgement.verdict === 'bad'
    ? { ...next, badForMs: badForMs + grownMs, goodForMs: 0 }
    : { ...next, badForMs: 0, goodForMs: goodForMs + grownMs };
}

/** From one state to another. */
function move({ key, alert }: StandingAlert, status: AlertStatus, nowMs: number): AlertStatus {
  const { verdict } = status.judgement;
  if (status.state === 'firing') {
    if (verdict !== 'good' || status.goodForMs < resolveMs(alert, status)) return status;
    return { ...status, state: 'ok', sinceMs: nowMs };
  }
  if (verdict === 'good' && status.state === 'pending') return { ...status, state: 'ok', sinceMs: nowMs };
  if (verdict !== 'bad') return status;
  if (status.badForMs < (alert.forSeconds ?? forSecondsDefault) * 1_000)
    return status.state === 'pending' ? status : { ...status, state: 'pending', sinceMs: nowMs };
  return {
    ...status,
    state: 'firing',
    sinceMs: nowMs,
    starts: [...status.starts, nowMs].slice(-startsMax),
    incident: { id: `${key}@${nowMs}`, startedMs: nowMs, tells: 0 },
  };
}

/** What comes and goes stays firing for longer, twice as long each time, up to an hour. */
function resolveMs({ resolveSeconds = resolveSecondsDefault }: Alert, { starts }: AlertStatus): number {
  const ms = resolveSeconds * 1_000;
  if (starts.length < flapsMin) return ms;
  return Math.max(ms, Math.min(hourMs, Math.max(ms, 60_000) * 2 ** (starts.length - flapsMin + 1)));
}

function tell(
  { alert }: StandingAlert,
  status: AlertStatus,
  { nowMs, isSilenced, acknowledged }: AlertSurroundings,
): AlertStep {
  const { incident, state } = status;
  if (incident === undefined) return { status, notices: [] };
  if (state !== 'firing') return end(status, status.judgement.text);
  const repeatMs = alert.repeatMinutes === undefined ? Infinity : alert.repeatMinutes * 60_000;
  const isDue = incident.toldMs === undefined || nowMs - incident.toldMs >= repeatMs;
  if (!isDue || isSilenced || acknowledged.has(incident.id)) return { status, notices: [] };
  const told = { ...incident, tells: incident.tells + 1, toldMs: nowMs };
  const event = incident.tells === 0 ? 'firing' : 'still_firing';
  return {
    status: { ...status, incident: told },
    notices: [noticeOf(incident, `${event}:${incident.tells}`, event, status.judgement.text)],
  };
}

/** The end of an incident; told where its beginning was. */
function end(status: AlertStatus, text: string): AlertStep {
  const { incident, ...rest } = status;
  if (incident === undefined || incident.tells === 0) return { status: rest, notices: [] };
  return { status: rest, notices: [noticeOf(incident, 'resolved', 'resolved', text)] };
}

const noticeOf = (
  { id, startedMs }: AlertIncident,
  part: string,
  event: AlertEvent,
  text: string,
): AlertNotice => ({ id: `${id}:${part}`, event, incidentId: id, startedMs, text });

/** An alert that was removed or paused: whatever fires ends. */
export function endAlert(before: AlertStatus, nowMs: number, text: string): AlertStep {
  const ended = end({ ...before, lookedAtMs: nowMs }, text);
  return {
    ...ended,
    status: { ...ended.status, state: 'ok', sinceMs: nowMs, badForMs: 0, goodForMs: 0 },
  };
}
