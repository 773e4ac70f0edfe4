// Whether the fleet confirms that calls with an outcome fail: one instance may be ill by itself; several, or many units, are the
// outcome's doing. A critical error needs nobody to confirm it. Pure.
import type { CallReport } from './call-report.ts';

/** What is remembered of a flag's outcomes, for a minute. A plain value. */
export interface AlarmStatus {
  readonly outcomes: readonly OutcomeAlarms[];
}

interface OutcomeAlarms {
  readonly variant: string;
  readonly rule: string;
  readonly revision: number;
  /** When each instance tripped last. */
  readonly instances: readonly (readonly [instance: string, atMs: number])[];
  /** Units with errors by the time of the report. */
  readonly units: readonly (readonly [atMs: number, units: number])[];
  readonly criticals: number;
}

/** How sure the fleet must be. */
export interface AlarmLimits {
  readonly instances: number;
  readonly units: number;
}

export const alarmLimits: AlarmLimits = { instances: 2, units: 20 };

/** An outcome that fails, confirmed. */
export interface Alarm {
  readonly variant: string;
  readonly rule: string;
  readonly revision: number;
  readonly text: string;
}

export const noAlarms: AlarmStatus = { outcomes: [] };

const memoryMs = 60_000;
const outcomesMax = 50;
const instancesMax = 200;
const timesMax = 200;

/** Adds reports of one flag, and forgets what is older than a minute. */
export function addReports(status: AlarmStatus, reports: readonly CallReport[], nowMs: number): AlarmStatus {
  const told = reports.filter(({ errors, tripped, criticals }) => errors + tripped.length + criticals > 0);
  const known = status.outcomes.map((outcome) => forget(outcome, nowMs)).filter(isAlive);
  if (told.length === 0 && known.length === status.outcomes.length) return { outcomes: known };
  const outcomes = new Map(known.map((outcome) => [idOf(outcome), outcome]));
  for (const report of told) {
    const { variant, rule, revision, errors, tripped, criticals } = report;
    const past = outcomes.get(idOf(report)) ?? {
      ...{ variant, rule, revision, criticals: 0 },
      ...{ instances: [], units: [] },
    };
    const others = past.instances.filter(([instance]) => !tripped.includes(instance));
    outcomes.set(idOf(report), {
      ...past,
      instances: [...others, ...tripped.map((instance) => [instance, nowMs] as const)].slice(-instancesMax),
      units: errors === 0 ? past.units : [...past.units, [nowMs, errors] as const].slice(-timesMax),
      criticals: past.criticals + criticals,
    });
  }
  return { outcomes: [...outcomes.values()].slice(-outcomesMax) };
}

/** The outcomes that the fleet confirms to fail. */
export function confirmedAlarms(
  { outcomes }: AlarmStatus,
  limits: AlarmLimits = alarmLimits,
): readonly Alarm[] {
  return outcomes.flatMap((outcome) => {
    const { variant, rule, revision, instances, criticals } = outcome;
    const units = outcome.units.reduce((sum, [, count]) => sum + count, 0);
    const text = textOf(criticals, instances.length, units, limits);
    return text === undefined ? [] : [{ variant, rule, revision, text: `Calls with "${variant}": ${text}` }];
  });
}

function textOf(
  criticals: number,
  instances: number,
  units: number,
  limits: AlarmLimits,
): string | undefined {
  if (criticals > 0) return `${criticals} critical errors.`;
  if (instances >= limits.instances) return `breakers of ${instances} instances opened.`;
  if (instances > 0 && units >= limits.units) return `a breaker opened, ${units} units had errors.`;
  return undefined;
}

const idOf = ({ variant, rule, revision }: Pick<CallReport, 'variant' | 'rule' | 'revision'>): string =>
  JSON.stringify([variant, rule, revision]);

const forget = (outcome: OutcomeAlarms, nowMs: number): OutcomeAlarms => ({
  ...outcome,
  instances: outcome.instances.filter(([, atMs]) => isRecent(atMs, nowMs)),
  units: outcome.units.filter(([atMs]) => isRecent(atMs, nowMs)),
});

/** A clock that was set back makes nothing old. */
const isRecent = (atMs: number, nowMs: number): boolean => nowMs - atMs < memoryMs;

const isAlive = ({ instances, units, criticals }: OutcomeAlarms): boolean =>
  instances.length + units.length > 0 || criticals > 0;
