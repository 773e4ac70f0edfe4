// Faults on the wire: codes of the catalogue, standard details, and sizes that stock clients take.
import { expect, it } from 'vitest';
import { errorCatalogue } from '@org/contract';
import type { Fault, FaultCode } from '@org/contract';
import { describe } from '../../testing/call-unary.ts';
import { connectErrorOf, httpStatusOf } from './connect-error.ts';
import { messageOf } from './fault-details.ts';
import { grpcErrorOf } from './grpc-status.ts';

const overloaded: Fault = { code: 'OVERLOADED', message: 'Later.', retryAfterMs: 1_250 };

it.each([
  ['INVALID_REQUEST', 3, 400],
  ['UNAUTHENTICATED', 16, 401],
  ['PERMISSION_DENIED', 7, 403],
  ['NOT_FOUND', 5, 404],
  ['REVISION_CONFLICT', 10, 409],
  ['IDEMPOTENCY_KEY_REUSED', 6, 409],
  ['DELTAS_UNAVAILABLE', 11, 400],
  ['OVERLOADED', 8, 429],
  ['STORE_FULL', 14, 503],
  ['UNIMPLEMENTED', 12, 501],
  ['INTERNAL', 13, 500],
] as const)('maps %s to the code %i and the HTTP status %i', (code, number, http) => {
  const fault = { code, message: 'x' };
  expect([grpcErrorOf(fault, 'r').code, httpStatusOf(fault)]).toEqual([number, http]);
});

it('knows every code of the catalogue', () => {
  for (const code of Object.keys(errorCatalogue) as FaultCode[]) {
    expect(connectErrorOf({ code, message: 'x' }).code).toMatch(/^[a-z_]+$/);
  }
});

it('puts the code in front of the message, once', () => {
  expect(messageOf(overloaded)).toBe('[OVERLOADED] Later.');
  expect(messageOf({ code: 'OVERLOADED', message: '[OVERLOADED] Later.' })).toBe('[OVERLOADED] Later.');
});

it('tells when to try again in both forms', () => {
  const error = grpcErrorOf(overloaded, 'r1');
  expect(describe({ ...error, name: '', message: '' })).toMatchObject({
    retryDelayMs: 1_250,
    requestId: 'r1',
  });
  expect(connectErrorOf(overloaded).details.at(-1)).toMatchObject({
    type: 'google.rpc.RetryInfo',
    debug: { retryDelay: '1.250s' },
  });
});

it('keeps a gRPC status small enough for stock clients and says what it left out', () => {
  const violations = Array.from({ length: 1_000 }, (_, index) => ({
    field: `changes[${index}].document.rules[2].when.values`,
    rule: 'max_items',
    message: 'A list holds at most 10,000 values; this one is longer.',
  }));
  const fault: Fault = { code: 'INVALID_DOCUMENT', message: 'No.', violations };
  const error = grpcErrorOf(fault, 'r1');
  const [details] = error.metadata.get('grpc-status-details-bin');
  expect((details as Buffer).length).toBeLessThanOrEqual(5 * 1024);
  const { metadata, violations: sent } = describe({ ...error, name: '', message: '' });
  expect(metadata).toEqual({ violations: '1000', violationsSent: String(sent.length) });
  expect(sent.length).toBeGreaterThan(10);
  expect(JSON.stringify(connectErrorOf(fault)).match(/max_items/g)).toHaveLength(1_000);
});
