// Stopping: not ready at once, streams told, calls under way finished, ports closed.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { callUnary } from '../testing/call-unary.ts';
import { startFixture, withKey } from '../testing/transport-fixture.ts';
import type { Fixture } from '../testing/transport-fixture.ts';

let fixture: Fixture;
let editorKey: string;

beforeEach(async () => {
  fixture = await startFixture();
  editorKey = (await fixture.principalKey([{ scope: 'shop/dev', role: 'ROLE_EDITOR' }])).secret;
});
afterEach(() => fixture.close());

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

it('finishes calls under way on both ports before it closes, and takes no new ones after', async () => {
  let open = (): void => undefined;
  fixture.application.gate = new Promise<void>((resolve) => (open = resolve));
  const overGrpc = kill();
  const overHttp = fixture.post(
    '/flags.v1.AdminService/Kill',
    { environment: 'shop/dev', flagKey: 'a' },
    editorKey,
  );
  const inFlight = async (): Promise<boolean> =>
    (await (await fetch(`${fixture.httpUrl}/metrics`)).text()).includes('flags_calls_in_flight 2');
  while (!(await inFlight()));
  const ended: string[] = [];
  const closing = fixture.transports.close(60_000).then(() => ended.push('closed'));
  void overGrpc.then(() => ended.push('call over gRPC'));
  void overHttp.then(() => ended.push('call over HTTP'));
  open();
  expect(await overGrpc).toHaveProperty('response');
  expect((await overHttp).status).toBe(200);
  await closing;
  expect(ended.at(-1)).toBe('closed');
  await expect(fetch(`${fixture.httpUrl}/healthz`)).rejects.toThrow();
});

it('drops what does not end within the grace', async () => {
  fixture.application.gate = new Promise<void>(() => undefined);
  const overGrpc = kill();
  const overHttp = fixture
    .post('/flags.v1.AdminService/Kill', { environment: 'shop/dev', flagKey: 'a' }, editorKey)
    .catch(() => 'dropped');
  const inFlight = async (): Promise<boolean> =>
    (await (await fetch(`${fixture.httpUrl}/metrics`)).text()).includes('flags_calls_in_flight 2');
  while (!(await inFlight()));
  await fixture.transports.close(50);
  expect(await overGrpc).toHaveProperty('error');
  expect(await overHttp).toBe('dropped');
});
