// The generated codecs of every message of the contract by full name, for tests that go over all of them.
import * as accessService from '@org/contract/gen/flags/v1/access_service';
import * as adminService from '@org/contract/gen/flags/v1/admin_service';
import * as alertService from '@org/contract/gen/flags/v1/alert_service';
import * as analyticsService from '@org/contract/gen/flags/v1/analytics_service';
import * as auditService from '@org/contract/gen/flags/v1/audit_service';
import * as changeRequestService from '@org/contract/gen/flags/v1/change_request_service';
import * as document from '@org/contract/gen/flags/v1/document';
import * as eventService from '@org/contract/gen/flags/v1/event_service';
import * as experimentService from '@org/contract/gen/flags/v1/experiment_service';
import * as flagService from '@org/contract/gen/flags/v1/flag_service';
import * as historyService from '@org/contract/gen/flags/v1/history_service';
import * as options from '@org/contract/gen/flags/v1/options';
import * as rolloutService from '@org/contract/gen/flags/v1/rollout_service';
import * as sourceService from '@org/contract/gen/flags/v1/source_service';
import * as syncService from '@org/contract/gen/flags/v1/sync_service';
import type { MessageCodec } from '../transport/unary-method.ts';

const modules = [
  accessService,
  adminService,
  alertService,
  analyticsService,
  auditService,
  changeRequestService,
  experimentService,
  document,
  eventService,
  flagService,
  historyService,
  options,
  rolloutService,
  sourceService,
  syncService,
];

/** Codecs by names such as "flags.v1.Evaluate…". */
export const contractCodecs: ReadonlyMap<string, MessageCodec<unknown>> = new Map(
  modules.flatMap((module) =>
    Object.entries(module as Record<string, unknown>)
      .filter(([, value]) => typeof value === 'object' && value !== null && 'fromJSON' in value)
      .map(([name, value]) => [`flags.v1.${name}`, value as MessageCodec<unknown>] as const),
  ),
);
