// The controller of breakers: closed until the fleet confirms that a variant fails; then open for all; then a few units probe
// it; then closed, or open for longer. Each change is one commit of the breaker and its overlay. Pure.
import {
  overlayBuckets,
  type Breaker,
  type BreakerLife,
  type JsonObject,
  type Overlay,
} from '@org/contract/model';
import type { ControllerChange, ControllerCommit, Subject } from '../controller.ts';
import { parseInstant } from '../instant.ts';
import { bucketsOf } from '../rollout/stages.ts';
import type { Alarm } from './alarms.ts';
import type { CallReport } from './call-report.ts';

/** What a breaker counts while it probes. A plain value. */
export interface BreakerStatus {
  /** Since when, as the document says: another state is another count. */
  readonly since: string;
  readonly calls: number;
  readonly errors: number;
}

/** What the world looks like to a breaker. */
export interface BreakerObservations {
  /** Of its flag, since the last look. */
  readonly reports: readonly CallReport[];
  /** Of its flag as it is now. */
  readonly alarms: readonly Alarm[];
}

export interface BreakerStep {
  readonly status: BreakerStatus;
  readonly commits: readonly ControllerCommit[];
}

/** Key of a breaker's overlay. */
export const breakerOverlayKey = (key: string): string => `breaker:${key}`;

const openSecondsDefault = 60;
const openSecondsMax = 3_600;
const probePercentageDefault = 1;
const probeCallsDefault = 50;
const errorRateMaxDefault = 0.1;
const author = 'controller:breaker';

/** Looks once. */
export function stepBreaker(
  subject: Subject<Breaker>,
  known: BreakerStatus | undefined,
  observations: BreakerObservations,
  nowMs: number,
): BreakerStep {
  const { life } = subject.spec;
  const status = count(subject.spec, known, observations.reports);
  const commits = (): readonly ControllerCommit[] => {
    if (life === undefined || life.state === 'closed') return openFor(subject, observations.alarms, nowMs);
    return life.state === 'open'
      ? probe(subject, life, nowMs)
      : settle(subject, life, status, observations, nowMs);
  };
  return { status, commits: commits() };
}

function count(
  { life }: Breaker,
  known: BreakerStatus | undefined,
  reports: readonly CallReport[],
): BreakerStatus {
  const since = life?.since ?? '';
  const past = known?.since === since ? known : { since, calls: 0, errors: 0 };
  if (life?.state !== 'half_open') return past;
  const probes = reports.filter(({ variant, rule }) => variant === life.variant && !isOwnRule(rule));
  return {
    since,
    calls: past.calls + probes.reduce((sum, { calls }) => sum + calls, 0),
    errors: past.errors + probes.reduce((sum, { errors }) => sum + errors, 0),
  };
}

const isOwnRule = (rule: string): boolean => rule.startsWith('overlay:breaker:');

/** Overlays of others are ended by those who own them; the fallback itself has nothing to fall back to. */
function openFor(
  subject: Subject<Breaker>,
  alarms: readonly Alarm[],
  nowMs: number,
): readonly ControllerCommit[] {
  const { fallback, life } = subject.spec;
  const alarm = alarms.find(({ variant, rule }) => variant !== fallback && !rule.startsWith('overlay:'));
  if (alarm === undefined) return [];
  const failures = life?.failures ?? 0;
  const opened = lifeOf('open', alarm.variant, failures, [alarm.text], nowMs);
  return [commitOf(subject, 'open', opened, overlayBuckets, `Opened: ${alarm.text}`)];
}

function probe(subject: Subject<Breaker>, life: BreakerLife, nowMs: number): readonly ControllerCommit[] {
  const { openSeconds = openSecondsDefault, probePercentage = probePercentageDefault } = subject.spec;
  const seconds = Math.min(Math.max(openSeconds, openSecondsMax), openSeconds * 2 ** life.failures);
  const sinceMs = parseInstant(life.since) ?? nowMs;
  if (nowMs < sinceMs + seconds * 1_000) return [];
  const reasons = [`It was open for ${Math.round(seconds)} s.`];
  const probing = lifeOf('half_open', life.variant, life.failures, reasons, nowMs);
  const held = overlayBuckets - bucketsOf(probePercentage);
  return [commitOf(subject, 'probe', probing, held, `Probing with ${probePercentage} % of the units.`)];
}

function settle(
  subject: Subject<Breaker>,
  { variant, failures }: BreakerLife,
  status: BreakerStatus,
  { alarms }: BreakerObservations,
  nowMs: number,
): readonly ControllerCommit[] {
  const { probeCalls = probeCallsDefault, errorRateMax = errorRateMaxDefault } = subject.spec;
  const { calls, errors } = status;
  const alarm = alarms.find((each) => each.variant === variant && !each.rule.startsWith('overlay:'));
  const evidence = { calls, errors };
  // So many errors that even a quiet rest would be too many.
  if (alarm !== undefined || errors > errorRateMax * probeCalls) {
    const reasons = [alarm?.text ?? `${errors} of ${calls} probing calls failed.`];
    const opened = { ...lifeOf('open', variant, failures + 1, reasons, nowMs), evidence };
    return [commitOf(subject, 'reopen', opened, overlayBuckets, `Opened again: ${reasons[0] ?? ''}`)];
  }
  if (calls < probeCalls) return [];
  const reasons = [`${errors} of ${calls} probing calls failed.`];
  const closed = { ...lifeOf('closed', variant, 0, reasons, nowMs), evidence };
  return [commitOf(subject, 'close', closed, 0, `Closed: ${reasons[0] ?? ''}`)];
}

const lifeOf = (
  state: BreakerLife['state'],
  variant: string,
  failures: number,
  reasons: readonly string[],
  nowMs: number,
): BreakerLife => ({ state, variant, since: new Date(nowMs).toISOString(), failures, reasons });

/** The overlay of an open or probing breaker: everybody behind the probing units gets the fallback. */
export const breakerOverlay = (key: string, { target, fallback }: Breaker, held: number): Overlay => ({
  target,
  patch: { serve: { variant: fallback } },
  ranges: [{ from: overlayBuckets - held, to: overlayBuckets }],
  mode: 'live',
  description: `Breaker "${key}".`,
});

function commitOf(
  { key, revision, spec }: Subject<Breaker>,
  step: string,
  life: BreakerLife,
  held: number,
  reason: string,
): ControllerCommit {
  const overlay = held === 0 ? null : (breakerOverlay(key, spec, held) as unknown as JsonObject);
  const changes: readonly ControllerChange[] = [
    {
      kind: 'breaker',
      key,
      document: { ...spec, life } as unknown as JsonObject,
      expectedDocumentRevision: revision,
    },
    { kind: 'overlay', key: breakerOverlayKey(key), document: overlay },
  ];
  return { step, changes, author, reason: reason.slice(0, 500) };
}
