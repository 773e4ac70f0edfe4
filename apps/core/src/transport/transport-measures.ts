// What the transports tell about themselves in /metrics.
import type { Measure } from '../telemetry/metrics.ts';
import type { HttpContext } from './http/http-context.ts';

/** The numbers behind the limits, so that a limit that is hit shows. */
export function transportMeasures(context: HttpContext): readonly Measure[] {
  const { admission, authenticator, backlogBudget, bodyBudget, streams } = context;
  return [
    { name: 'flags_calls_in_flight', help: 'Calls under way.', value: admission.calls },
    { name: 'flags_calls_shed_total', help: 'Calls refused because of overload.', value: admission.refused },
    { name: 'flags_streams_open', help: 'Open streams, gRPC and HTTP.', value: streams.count },
    {
      name: 'flags_stream_backlog_bytes',
      help: 'Bytes that streams have not taken yet.',
      value: backlogBudget.used,
    },
    { name: 'flags_request_body_bytes', help: 'Bytes of request bodies being read.', value: bodyBudget.used },
    {
      name: 'flags_keys_in_use',
      help: 'Keys that were used within the last seconds.',
      value: authenticator.sessions,
    },
  ];
}
