// What the alerts of an environment need to be counted, and what they are about as documents hold it.
import { countedAs, type StandingAlert } from '@org/automation';
import type { Alert, AlertRule, EventSelection, Metric } from '@org/contract/model';
import type { DocumentSource } from '../environment/document-set.ts';

/** All alerts. */
export const alertsOf = (documents: DocumentSource): readonly StandingAlert[] =>
  [...documents.ofKind('alert')].map(({ key, revision, document }) => ({
    key,
    revision,
    alert: document as unknown as Alert,
  }));

/** The event whose coming a metric counts; of a funnel the last step. */
export function eventOf(documents: DocumentSource, metric: string): string | undefined {
  const held = documents.held('metric', metric)?.document as unknown as Metric | undefined;
  const selection: EventSelection | undefined = held?.selection ?? held?.numerator ?? held?.steps?.at(-1);
  return selection?.event;
}

function subjectsOf(rule: AlertRule, documents: DocumentSource): readonly string[] {
  const events = (metric: string): readonly string[] => {
    const event = eventOf(documents, metric);
    return event === undefined ? [] : [countedAs.events(event)];
  };
  switch (rule.type) {
    case 'variant_share':
      return [countedAs.evaluations(rule.flag)];
    case 'reasons':
      return [countedAs.reasons(rule.flag)];
    case 'exposures_without_events':
      return [countedAs.exposures(rule.flag), ...events(rule.metric)];
    case 'metric':
      return events(rule.metric);
    default:
      return [];
  }
}

/** Everything that is to be counted; empty without alerts. */
export function watchedSubjects(documents: DocumentSource): ReadonlySet<string> {
  const subjects = new Set<string>();
  for (const { alert } of alertsOf(documents))
    if (alert.paused !== true) for (const subject of subjectsOf(alert.rule, documents)) subjects.add(subject);
  return subjects;
}
