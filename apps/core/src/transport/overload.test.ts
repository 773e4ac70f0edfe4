// R22: under more load than is admitted, the rest is refused at once with a delay, and health and Kill go on.
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { callUnary } from '../testing/call-unary.ts';
import { startFixture, until, withKey } from '../testing/transport-fixture.ts';
import type { Fixture } from '../testing/transport-fixture.ts';

let fixture: Fixture;
let editorKey: string;
let open: () => void;

beforeEach(async () => {
  const admission = { callsMax: 5, reservedCallsMax: 2, loopDelayMsTarget: 10_000, loopDelayMsMax: 20_000 };
  fixture = await startFixture({ settings: { admission } });
  editorKey = (await fixture.principalKey([{ scope: 'shop/dev', role: 'ROLE_EDITOR' }])).secret;
  fixture.application.gate = new Promise<void>((resolve) => (open = resolve));
});
afterEach(() => fixture.close());

const revert = () =>
  callUnary(
    fixture.admin.revert.bind(fixture.admin),
    {
      environment: 'shop/dev',
      toRevision: 1,
      kind: '',
      key: '',
      author: '',
      reason: '',
      idempotencyKey: '',
      expectedRevision: undefined,
      kills: false,
    },
    withKey(editorKey),
  );
const kill = () =>
  callUnary(
    fixture.admin.kill.bind(fixture.admin),
    {
      environment: 'shop/dev',
      flagKey: 'hidden',
      restore: false,
      author: '',
      reason: '',
      idempotencyKey: '',
    },
    withKey(editorKey),
  );
const metric = async (name: string): Promise<number> => {
  const text = await (await fetch(`${fixture.httpUrl}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
};

it('sheds what is beyond its capacity with OVERLOADED and a delay, and finishes what it admitted', async () => {
  const calls = Array.from({ length: 50 }, revert);
  const settled: unknown[] = [];
  for (const call of calls) void call.then((outcome) => settled.push(outcome));
  await until(() => settled.length === 45);
  for (const outcome of settled) {
    expect(outcome).toMatchObject({ error: { code: status.RESOURCE_EXHAUSTED, reason: 'OVERLOADED' } });
  }
  const delays = settled.map(
    (outcome) => (outcome as { error: { retryDelayMs: number } }).error.retryDelayMs,
  );
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(500);
  expect(Math.max(...delays)).toBeLessThanOrEqual(2_000);
  expect(new Set(delays).size).toBeGreaterThan(5);
  open();
  const outcomes = await Promise.all(calls);
  expect(outcomes.filter((outcome) => 'response' in outcome)).toHaveLength(5);
  expect(await revert()).toHaveProperty('response');
});

it('keeps capacity for Kill, health and readiness, and counts what it shed', async () => {
  const calls = Array.from({ length: 20 }, revert);
  await until(() => fixture.application.replica(fixture.environmentId).revision === 1);
  await Promise.race(calls);
  const killed = [kill(), kill()];
  const third = fixture.post(
    '/flags.v1.AdminService/Kill',
    { environment: 'shop/dev', flagKey: 'hidden' },
    editorKey,
  );
  const overHttp = await fixture.post(
    '/flags.v1.AdminService/Revert',
    { environment: 'shop/dev' },
    editorKey,
  );
  expect(overHttp.status).toBe(429);
  expect(Number(overHttp.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  for (const path of ['/healthz', '/readyz'])
    expect((await fetch(`${fixture.httpUrl}${path}`)).status).toBe(200);
  expect(await metric('flags_calls_shed_total')).toBeGreaterThanOrEqual(15);
  open();
  for (const outcome of await Promise.all(killed)) expect(outcome).toHaveProperty('response');
  expect([200, 429]).toContain((await third).status);
  await Promise.all(calls);
  expect(await metric('flags_calls_in_flight')).toBe(0);
});
