// What is told: the same for every channel, in the words that each of them shows. Pure.
import type { AlertEvent } from '@org/automation';
import type { AlertSeverity, JsonObject } from '@org/contract/model';

/** One notice, as it is kept until it arrives. */
export interface AlertMessage {
  /** The same for every attempt: whoever gets it twice can tell. */
  readonly id: string;
  readonly event: AlertEvent | 'test';
  readonly alert: {
    readonly key: string;
    readonly severity: AlertSeverity;
    readonly type: string;
    readonly description?: string;
    readonly owner?: string;
    readonly runbook?: string;
  };
  /** project/environment. */
  readonly environment: string;
  readonly incident: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly text: string;
  readonly numbers: JsonObject;
}

const words: Readonly<Record<AlertMessage['event'], string>> = {
  firing: 'FIRING',
  still_firing: 'STILL FIRING',
  resolved: 'RESOLVED',
  test: 'TEST',
};

/** One line. */
export const titleOf = ({ event, alert, environment }: AlertMessage): string =>
  `[${words[event]}] ${alert.severity}: ${alert.key} (${environment})`;

/** Some lines. */
export function bodyOf({ text, alert, incident, startedAt }: AlertMessage): string {
  const { description, owner, runbook } = alert;
  return [
    text,
    ...(description === undefined ? [] : ['', description]),
    '',
    `Since: ${startedAt}`,
    `Incident: ${incident}`,
    ...(owner === undefined ? [] : [`Owner: ${owner}`]),
    ...(runbook === undefined ? [] : [`Runbook: ${runbook}`]),
  ].join('\n');
}
