// The floor of the comparison: a bare grpc-js server that answers the contract's Evaluate with a constant. A process of
// its own; prints its address as a line.
import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import type { EvaluateResponse } from '@org/contract/gen/flags/v1/flag_service';
import { FlagServiceService, type EvaluateRequest } from '@org/contract/gen/flags/v1/flag_service';

const answer: EvaluateResponse = {
  flagKey: 'benchmark',
  value: true,
  variant: 'on',
  reason: 'TARGETING_MATCH',
  rule: 'rule:country',
  revision: 1,
  errorCode: '',
  errorMessage: '',
};

const server = new Server();
server.addService(FlagServiceService, {
  evaluate: (
    _call: ServerUnaryCall<EvaluateRequest, EvaluateResponse>,
    reply: sendUnaryData<EvaluateResponse>,
  ) => reply(null, answer),
  // Not measured; the service definition asks for them.
  evaluateAll: (_call: unknown, reply: sendUnaryData<unknown>) =>
    reply(null, { evaluations: [], revision: 1, historyId: '' }),
  evaluateStream: (call: { end(): void }) => call.end(),
});
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`127.0.0.1:${port}`);
});
