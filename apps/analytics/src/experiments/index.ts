// Experiments and metrics over the raw events: the handlers of AnalyticsService that speak of them.
import type { AnalyticsPorts } from '../ports.ts';
import type { Handlers } from '../service/handlers.ts';

/** Those that are here; the rest answer UNIMPLEMENTED. */
export function experimentHandlers(_ports: AnalyticsPorts): Partial<Handlers> {
  return {};
}
