// RolloutService over the application.
import { RolloutServiceDefinition } from '@org/contract/gen/flags/v1/rollout_service';
import { environmentMethod } from '../unary-method.ts';
import type { UnaryTable } from '../unary-method.ts';
import { requireFields } from './require-fields.ts';

const { methods } = RolloutServiceDefinition;

export const rolloutMethods = {
  'flags.v1.RolloutService/StartRollout': environmentMethod(
    methods.startRollout,
    (application, grant, request) =>
      requireFields(request, ['key']) ?? application.rollouts.step(grant, 'start', request),
  ),
  'flags.v1.RolloutService/PauseRollout': environmentMethod(
    methods.pauseRollout,
    (application, grant, request) =>
      requireFields(request, ['key']) ?? application.rollouts.step(grant, 'pause', request),
  ),
  'flags.v1.RolloutService/ResumeRollout': environmentMethod(
    methods.resumeRollout,
    (application, grant, request) =>
      requireFields(request, ['key']) ?? application.rollouts.step(grant, 'resume', request),
  ),
  'flags.v1.RolloutService/NextStage': environmentMethod(
    methods.nextStage,
    (application, grant, request) =>
      requireFields(request, ['key']) ?? application.rollouts.step(grant, 'progress', request),
  ),
  'flags.v1.RolloutService/RollBackRollout': environmentMethod(
    methods.rollBackRollout,
    (application, grant, request) =>
      requireFields(request, ['key']) ?? application.rollouts.step(grant, 'roll_back', request),
  ),
  'flags.v1.RolloutService/AbortRollout': environmentMethod(
    methods.abortRollout,
    (application, grant, request) =>
      requireFields(request, ['key']) ?? application.rollouts.step(grant, 'abort', request),
  ),
  'flags.v1.RolloutService/ApproveStage': environmentMethod(
    methods.approveStage,
    (application, grant, request) =>
      requireFields(request, ['key']) ?? application.rollouts.step(grant, 'approve', request, request.stage),
  ),
  'flags.v1.RolloutService/UpdateMetrics': environmentMethod(
    methods.updateMetrics,
    (application, grant, request) =>
      requireFields(request, ['key']) ?? application.rollouts.updateMetrics(grant, request),
  ),
  'flags.v1.RolloutService/GetRolloutStatus': environmentMethod(
    methods.getRolloutStatus,
    (application, grant, request) =>
      requireFields(request, ['key']) ?? application.rollouts.status(grant, request.key),
  ),
  'flags.v1.RolloutService/ListRollouts': environmentMethod(
    methods.listRollouts,
    (application, grant, { pageSize, pageToken }) =>
      application.rollouts.list(grant, { pageSize, pageToken }),
  ),
  'flags.v1.RolloutService/SimulateRollout': environmentMethod(
    methods.simulateRollout,
    (application, grant, request) => application.rollouts.simulate(grant, request),
  ),
} satisfies UnaryTable<'RolloutService'>;
