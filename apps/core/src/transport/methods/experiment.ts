// ExperimentService over the application.
import { ExperimentServiceDefinition } from '@org/contract/gen/flags/v1/experiment_service';
import { environmentMethod } from '../unary-method.ts';
import type { UnaryTable } from '../unary-method.ts';
import { requireFields } from './require-fields.ts';

const { methods } = ExperimentServiceDefinition;

export const experimentMethods = {
  'flags.v1.ExperimentService/StartExperiment': environmentMethod(
    methods.startExperiment,
    (application, grant, request) =>
      requireFields(request, ['key']) ?? application.experiments.start(grant, request),
  ),
  'flags.v1.ExperimentService/RampExperiment': environmentMethod(
    methods.rampExperiment,
    (application, grant, request) =>
      requireFields(request, ['key']) ?? application.experiments.ramp(grant, request),
  ),
  'flags.v1.ExperimentService/StopExperiment': environmentMethod(
    methods.stopExperiment,
    (application, grant, request) =>
      requireFields(request, ['key']) ?? application.experiments.stop(grant, request),
  ),
  'flags.v1.ExperimentService/DecideExperiment': environmentMethod(
    methods.decideExperiment,
    (application, grant, request) =>
      requireFields(request, ['key', 'outcome']) ?? application.experiments.decide(grant, request),
  ),
} satisfies UnaryTable<'ExperimentService'>;
