// Alerts from documents to those who are told: a webhook that is signed and fails at first, a mail server, silences,
// acknowledgements, and cores that come and go.
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Change } from '@org/contract/gen/flags/v1/document';
import type { Event } from '@org/contract/gen/flags/v1/event_service';
import type { Alert } from '@org/contract/model';
import type { AlertMessage } from '../../notify/message.ts';
import { readChannels } from '../../notify/channels.ts';
import { nodeRuntime } from '../../runtime.ts';
import {
  booleanFlag,
  commitOf,
  faultOf,
  put,
  remove,
  startInstallation,
  until,
  valueOf,
  type TestInstallation,
} from '../testing/test-application.ts';

interface Hook {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
interface Mail {
  readonly user: string;
  readonly text: string;
}

const secret = 'a-secret-of-thirty-two-characters';
const hooks: Hook[] = [];
const mails: Mail[] = [];
/** Paths that fail, so often. */
const failing = new Map<string, number>();
const logged: string[] = [];
let web: Server;
let smtp: SMTPServer;
let core: TestInstallation;
let offsetMs = 0;

beforeAll(async () => {
  web = createServer((request, response) => {
    const path = request.url ?? '';
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const left = failing.get(path) ?? 0;
      failing.set(path, left - 1);
      if (path === '/moved/secret-path') return void response.writeHead(302, { location: '/ok' }).end();
      if (left > 0) return void response.writeHead(503).end();
      hooks.push({ path, headers: request.headers, body });
      response.end();
    });
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  smtp = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, done) {
      if (password === 'p@ss') done(null, { user: username });
      else done(new Error(`535 ${password} is wrong`));
    },
    onData(stream, { user }, done) {
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      stream.on('end', () => {
        mails.push({ user: String(user), text });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
  const log = (fields: object, message: string) => void logged.push(JSON.stringify([fields, message]));
  core = await startInstallation('sqlite', {
    databaseClock: async () => Date.now() + offsetMs,
    runtime: { ...nodeRuntime, now: () => Date.now() + offsetMs },
    logger: { debug: log, info: log, warn: log, error: log },
    outboundAllow: ['127.0.0.1'],
    alertChannels: channels(),
    alertIntervals: { lookMs: 30, deliverMs: 20, retryMs: 1 },
  });
});
afterAll(async () => {
  await core.close();
  await new Promise((resolve) => web.close(resolve));
  await new Promise<void>((resolve) => smtp.close(resolve));
});

function channels() {
  const base = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  const mailPort = (smtp.server.address() as AddressInfo).port;
  const people = { from: 'flags@example.com', to: ['ada@example.com'] };
  const read = readChannels(
    JSON.stringify({
      ops: { type: 'webhook', url: `${base}/ops`, secret },
      moved: { type: 'webhook', url: `${base}/moved/secret-path`, secret },
      chat: { type: 'slack', url: `${base}/chat` },
      mail: { type: 'email', smtp: `smtp://flags:p%40ss@127.0.0.1:${mailPort}`, ...people },
      wrong: { type: 'email', smtp: `smtp://flags:opensesame@127.0.0.1:${mailPort}`, ...people },
    }),
  );
  if (!read.ok) throw new Error(read.problem);
  return read.channels;
}

const commit = (...changes: Change[]) => core.application.admin.commit(core.grant, commitOf(changes));
const alert = (more: Partial<Alert> & Pick<Alert, 'rule'>): Alert => ({
  channels: ['ops'],
  forSeconds: 0,
  resolveSeconds: 0,
  ...more,
});
const status = async (key: string) => valueOf(await core.application.alerts.get(core.grant, key));
const messages = (path = '/ops'): readonly AlertMessage[] =>
  hooks.filter((hook) => hook.path === path).map(({ body }) => JSON.parse(body) as AlertMessage);
const told = (key: string): readonly string[] =>
  messages()
    .filter((message) => message.alert.key === key)
    .map(({ event }) => event);
const breaker = (state: 'open' | 'closed', flag: string) => ({
  target: { kind: 'flag', key: flag },
  fallback: 'off',
  ...(state === 'open' ? {} : {}),
});
let sequence = 0;
const record = async (...bodies: readonly Event['body'][]): Promise<void> => {
  const events = bodies.map((body): Event => ({ timeMs: Date.now() + offsetMs, body }));
  const batch = { environment: '', instanceId: 'sdk-1', sequence: (sequence += 1), events, dropped: {} };
  valueOf(await core.application.events.record(core.grant, batch));
};
const evaluated = (flagKey: string, variant: string, reason: string, count: number): Event['body'] => ({
  $case: 'evaluationCount',
  value: {
    ...{
      flagKey,
      variant,
      reason,
      count,
      rule: '',
      revision: 1,
      fromMs: Date.now() + offsetMs,
      errorCode: '',
    },
    evaluationTime: undefined,
  },
});
const reasonsOf = (flag: string, more: Partial<Alert> = {}): Alert =>
  alert({ rule: { type: 'reasons', flag, shareMax: 0.1 }, ...more });
/** Half of the evaluations of a flag fail in the minute that runs; a minute later it is over, ten later it is forgotten. */
const fail = async (flag: string): Promise<void> => {
  await record(evaluated(flag, 'on', 'STATIC', 500), evaluated(flag, '', 'ERROR', 500));
};

describe('an alert', () => {
  it('names what is there', async () => {
    const findings = async (document: object) =>
      faultOf(await commit(put('alert', 'bad', document))).violations?.map(
        ({ field, rule }) => `${field} ${rule}`,
      );
    expect(await findings(alert({ rule: { type: 'reasons', flag: 'nobody', shareMax: 1 } }))).toEqual([
      'changes[0].document.rule.flag unknown_flag',
    ]);
    expect(
      await findings({ ...alert({ rule: { type: 'breaker' } }), channels: ['a', 'a'], more: 1 }),
    ).toEqual(['changes[0].document.more unknown_field', 'changes[0].document.channels unique']);
    expect(await findings(alert({ rule: { type: 'metric', metric: 'm' } }))).toEqual([
      'changes[0].document.rule.comparison one_of',
    ]);
    expect(await findings({ channels: [], rule: { type: 'weather' } })).toEqual([
      'changes[0].document.rule.type one_of',
    ]);
  });

  it('fires by what SDKs tell, is signed, retried and told once, and resolves', async () => {
    failing.set('/ops', 2);
    valueOf(await commit(put('flag', 'pay', booleanFlag()), put('alert', 'errors', reasonsOf('pay'))));
    await fail('pay');
    offsetMs += 60_000;
    await until(() => told('errors').length > 0);
    expect(await status('errors')).toMatchObject({
      state: 'firing',
      verdict: 'bad',
      text: '50.0 % of 1000 evaluations end with ERROR; at most 10.0 %.',
      numbers: { share: 0.5 },
    });
    const hook = hooks.find(({ path }) => path === '/ops')!;
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = hook.headers;
    const expected = createHmac('sha256', secret)
      .update(`${String(id)}.${String(at)}.${hook.body}`)
      .digest('base64');
    expect(signature).toBe(`v1,${expected}`);
    expect(JSON.parse(hook.body)).toMatchObject({
      event: 'firing',
      alert: { key: 'errors', severity: 'warning', type: 'reasons' },
      environment: 'shop/production',
    });
    offsetMs += 10 * 60_000;
    await record(evaluated('pay', 'on', 'STATIC', 1_000));
    offsetMs += 60_000;
    await until(() => told('errors').length > 1);
    expect(told('errors')).toEqual(['firing', 'resolved']);
    await until(async () => (await status('errors')).deliveries.every(({ state }) => state === 'delivered'));
    expect((await status('errors')).deliveries.map(({ event, attempts }) => [event, attempts])).toEqual([
      ['resolved', 1],
      ['firing', 3],
    ]);
    expect(logged.some((line) => line.includes('An alert could not be told.'))).toBe(true);
  });

  it('is silenced, acknowledged, and ends with its document', async () => {
    valueOf(await commit(put('flag', 'cart', booleanFlag())));
    const until1 = { seconds: Math.floor((Date.now() + offsetMs) / 1000) + 3_600, nanos: 0 };
    const request = { environment: '', key: '', until: until1, author: '', reason: 'works' };
    const silence = valueOf(await core.application.alerts.silence(core.grant, request));
    valueOf(await commit(put('alert', 'cart', reasonsOf('cart', { repeatMinutes: 1 }))));
    await fail('cart');
    offsetMs += 60_000;
    await until(async () => (await status('cart')).state === 'firing');
    expect((await status('cart')).silencedUntil?.seconds).toBe(until1.seconds);
    expect(valueOf(await core.application.alerts.silences(core.grant)).silences).toMatchObject([
      { reason: 'works' },
    ]);
    expect(told('cart')).toEqual([]);
    valueOf(await core.application.alerts.endSilence(core.grant, silence.id));
    expect(faultOf(await core.application.alerts.endSilence(core.grant, silence.id)).code).toBe('NOT_FOUND');
    await until(() => told('cart').length === 1);
    await until(() => core.running.status().alertsFiring === 1);
    const seen = valueOf(
      await core.application.alerts.acknowledge(core.grant, { environment: '', key: 'cart', author: 'ada' }),
    );
    expect(seen.incident).toMatchObject({ acknowledgedBy: 'ada' });
    const firing = valueOf(
      await core.application.alerts.list(core.grant, { pageSize: 0, pageToken: '', firingOnly: true }),
    );
    expect(firing.alerts.map(({ key }) => key)).toEqual(['cart']);
    valueOf(await commit(remove('alert', 'cart')));
    await until(() => told('cart').length === 2);
    expect(told('cart')).toEqual(['firing', 'resolved']);
    expect(faultOf(await core.application.alerts.get(core.grant, 'cart')).code).toBe('NOT_FOUND');
  });

  it('watches breakers and the installation, and says nothing where nothing is known', async () => {
    const rules = {
      breakers: alert({ rule: { type: 'breaker' } }),
      rollouts: alert({ rule: { type: 'rollout' } }),
      push: alert({ rule: { type: 'system', condition: 'push_disconnected' } }),
      fleet: alert({ rule: { type: 'system', condition: 'fleet_behind', value: 0.5 } }),
      srm: alert({ rule: { type: 'sample_ratio' } }),
    };
    valueOf(
      await commit(
        ...Object.entries(rules).map(([key, document]) => put('alert', key, document)),
        put('breaker', 'pay', breaker('closed', 'pay')),
      ),
    );
    const verdicts = async () =>
      Promise.all(Object.keys(rules).map(async (key) => (await status(key)).verdict));
    await until(async () => (await verdicts())[0] === 'good');
    expect(await verdicts()).toEqual(['good', 'good', 'unknown', 'good', 'unknown']);
    const instance = { id: 'i', sdk: 'node', version: '1', application: '' };
    const report = { environment: '', instance, revision: 1, status: 'APPLY_STATUS_APPLIED' as const };
    core.application.fleet.report(core.grant, {
      ...report,
      refusedRevision: 0,
      problems: [],
      historyId: '',
      hash: '',
    });
    await until(() => told('fleet').includes('firing'));
  });
});

describe('a channel', () => {
  const test = async (channel: string) =>
    valueOf(await core.application.alerts.test(core.grant, { environment: '', key: '', channel })).tests;

  it('is a chat, a mail server, a webhook', async () => {
    expect(valueOf(await core.application.alerts.channels(core.grant)).channels).toEqual([
      { name: 'ops', type: 'webhook' },
      { name: 'moved', type: 'webhook' },
      { name: 'chat', type: 'slack' },
      { name: 'mail', type: 'email' },
      { name: 'wrong', type: 'email' },
    ]);
    for (const name of ['ops', 'chat', 'mail'])
      expect(await test(name)).toEqual([{ channel: name, delivered: true, problem: '' }]);
    expect(JSON.parse(hooks.find(({ path }) => path === '/chat')!.body)).toMatchObject({
      text: expect.stringContaining('*[TEST] info: test (shop/production)*') as unknown,
    });
    expect(mails).toMatchObject([
      {
        user: 'flags',
        text: expect.stringContaining('Subject: [TEST] info: test (shop/production)') as unknown,
      },
    ]);
  });

  it('tells no secret when it fails, and follows no redirect', async () => {
    const before = hooks.length;
    expect(await test('moved')).toEqual([
      { channel: 'moved', delivered: false, problem: 'The answer was 302.' },
    ]);
    expect(hooks.length).toBe(before);
    const [wrong] = await test('wrong');
    expect(wrong).toMatchObject({ delivered: false });
    expect(wrong?.problem).toContain('535');
    expect(
      faultOf(await core.application.alerts.test(core.grant, { environment: '', key: '', channel: 'x' }))
        .code,
    ).toBe('NOT_FOUND');
    const { counters } = core.running.status();
    expect(counters['alertMessagesDelivered']).toBeGreaterThan(5);
    expect(counters['alertMessagesFailed']).toBeGreaterThan(3);
    const everything = JSON.stringify([wrong, logged, await status('errors'), messages()]);
    for (const hidden of [secret, 'opensesame', 'p@ss', 'secret-path'])
      expect(everything).not.toContain(hidden);
    const { watchLine } = core.application.environments.replica(core.environmentId)!.snapshot('server');
    expect(watchLine.toString()).not.toContain('"alert"');
  });
});
