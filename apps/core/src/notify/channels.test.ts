// The file of channels: what is refused names its place and never what stands there.
import { expect, it } from 'vitest';
import { readChannels, secretsOf } from './channels.ts';
import { createNotifier } from './notifier.ts';

const secret = 'do-not-tell-this-to-anybody';
const hook = { type: 'webhook', url: 'https://hooks.example/path/token', secret };

it.each([
  ['{', 'JSON'],
  [JSON.stringify({ ops: { ...hook, url: `ftp://${secret}/` } }), 'ops.url'],
  [JSON.stringify({ ops: { type: 'pigeon', url: secret } }), 'ops.type'],
  [JSON.stringify({ ops: { ...hook, secret: 'short' } }), 'ops.secret'],
  [JSON.stringify({ ops: { type: 'email', smtp: `smtp://u:${secret}@m`, from: 'a@b', to: [] } }), 'ops.to'],
  [JSON.stringify([secret]), 'the whole file'],
])('refuses %# without telling what it holds', (text, place) => {
  const read = readChannels(text);
  if (read.ok) throw new Error('it was taken');
  expect(read.problem).toContain(place);
  expect(read.problem).not.toContain(secret);
});

it('keeps secrets out of what an address answers', async () => {
  const read = readChannels(JSON.stringify({ ops: hook }));
  if (!read.ok) throw new Error(read.problem);
  expect(secretsOf(read.channels.get('ops')!)).toContain(secret);
  const notifier = createNotifier({
    channels: read.channels,
    request: async (url, { headers }) => ({
      ok: false,
      problem: `${url} ${JSON.stringify(headers)} ${secret}`,
    }),
    now: () => 0,
  });
  const told = await notifier.tell('ops', {
    id: 'a@1:firing:0',
    event: 'test',
    alert: { key: 'a', severity: 'info', type: 'breaker' },
    environment: 'shop/production',
    incident: 'a@1',
    startedAt: '',
    text: '',
    numbers: {},
  });
  if (told.ok) throw new Error('it was told');
  for (const hidden of [secret, '/path/token']) expect(told.problem).not.toContain(hidden);
  expect(notifier.counters).toEqual({ alertMessagesDelivered: 0, alertMessagesFailed: 1 });
  expect(await notifier.tell('gone', {} as never)).toMatchObject({ ok: false });
});
