// AlertService over the application.
import { AlertServiceDefinition } from '@org/contract/gen/flags/v1/alert_service';
import { environmentMethod } from '../unary-method.ts';
import type { UnaryTable } from '../unary-method.ts';
import { requireFields } from './require-fields.ts';

const { methods } = AlertServiceDefinition;

export const alertMethods = {
  'flags.v1.AlertService/ListAlerts': environmentMethod(methods.listAlerts, (application, grant, request) =>
    application.alerts.list(grant, request),
  ),
  'flags.v1.AlertService/GetAlert': environmentMethod(
    methods.getAlert,
    (application, grant, request) =>
      requireFields(request, ['key']) ?? application.alerts.get(grant, request.key),
  ),
  'flags.v1.AlertService/SilenceAlert': environmentMethod(
    methods.silenceAlert,
    (application, grant, request) => application.alerts.silence(grant, request),
  ),
  'flags.v1.AlertService/EndSilence': environmentMethod(
    methods.endSilence,
    (application, grant, request) =>
      requireFields(request, ['id']) ?? application.alerts.endSilence(grant, request.id),
  ),
  'flags.v1.AlertService/ListSilences': environmentMethod(methods.listSilences, (application, grant) =>
    application.alerts.silences(grant),
  ),
  'flags.v1.AlertService/AcknowledgeAlert': environmentMethod(
    methods.acknowledgeAlert,
    (application, grant, request) =>
      requireFields(request, ['key']) ?? application.alerts.acknowledge(grant, request),
  ),
  'flags.v1.AlertService/TestAlert': environmentMethod(methods.testAlert, (application, grant, request) =>
    application.alerts.test(grant, request),
  ),
  'flags.v1.AlertService/ListAlertChannels': environmentMethod(
    methods.listAlertChannels,
    (application, grant) => application.alerts.channels(grant),
  ),
} satisfies UnaryTable<'AlertService'>;
