// Tells one channel one notice, once. Answers with what became of it, in words that hold nothing secret; never rejects.
import type { GuardedRequest } from '../outbound/guarded-request.ts';
import {
  secretsOf,
  type Channel,
  type Channels,
  type SlackChannel,
  type WebhookChannel,
} from './channels.ts';
import { sendEmail } from './email.ts';
import { bodyOf, titleOf, type AlertMessage } from './message.ts';
import { signedHeaders } from './signature.ts';

export type Told = { readonly ok: true } | { readonly ok: false; readonly problem: string };

export interface NotifierCounters {
  alertMessagesDelivered: number;
  alertMessagesFailed: number;
}

export interface Notifier {
  readonly channels: Channels;
  /** Since the start. */
  readonly counters: Readonly<NotifierCounters>;
  tell(channel: string, message: AlertMessage): Promise<Told>;
}

export interface NotifierOptions {
  readonly channels: Channels;
  readonly request: GuardedRequest;
  readonly now: () => number;
}

const problemCharsMax = 300;

/** Makes a notifier of the configured channels. */
export function createNotifier({ channels, request, now }: NotifierOptions): Notifier {
  const counters: NotifierCounters = { alertMessagesDelivered: 0, alertMessagesFailed: 0 };
  const attempt = async (name: string, message: AlertMessage): Promise<Told> => {
    const channel = channels.get(name);
    if (channel === undefined)
      return { ok: false, problem: 'There is no such channel in this installation.' };
    try {
      return clean(channel, await send(channel, message, request, now()));
    } catch (error) {
      return clean(channel, { ok: false, problem: error instanceof Error ? error.message : 'It failed.' });
    }
  };
  return {
    channels,
    counters,
    async tell(name, message) {
      const told = await attempt(name, message);
      counters[told.ok ? 'alertMessagesDelivered' : 'alertMessagesFailed'] += 1;
      return told;
    },
  };
}

function send(
  channel: Channel,
  message: AlertMessage,
  request: GuardedRequest,
  nowMs: number,
): Promise<Told> {
  switch (channel.type) {
    case 'webhook':
      return sendWebhook(channel, message, request, nowMs);
    case 'slack':
      return sendSlack(channel, message, request);
    case 'email':
      return sendEmail(channel, message).then(() => ({ ok: true }));
  }
}

async function sendWebhook(
  { url, secret }: WebhookChannel,
  message: AlertMessage,
  request: GuardedRequest,
  atMs: number,
): Promise<Told> {
  const body = JSON.stringify(message);
  return post(request, url, body, signedHeaders(secret, { id: message.id, atMs, body }));
}

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks: also Mattermost and Rocket.Chat take it. */
const sendSlack = ({ url }: SlackChannel, message: AlertMessage, request: GuardedRequest): Promise<Told> =>
  post(
    request,
    url,
    JSON.stringify({ text: `*${escaped(titleOf(message))}*\n${escaped(bodyOf(message))}` }),
    {},
  );

/** Else a key could ping everybody on a channel (<!here>). */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

async function post(
  request: GuardedRequest,
  url: string,
  body: string,
  headers: { readonly [name: string]: string },
): Promise<Told> {
  const bytes = String(Buffer.byteLength(body));
  const sent = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': bytes, ...headers },
    body,
  });
  if (!sent.ok) return sent;
  // A redirect is no delivery: it is not followed.
  return sent.status >= 200 && sent.status < 300
    ? { ok: true }
    : { ok: false, problem: `The answer was ${sent.status}.` };
}

/** Without anything secret, on one line. */
function clean(channel: Channel, told: Told): Told {
  if (told.ok) return told;
  const longestFirst = secretsOf(channel).toSorted((a, b) => b.length - a.length);
  const problem = longestFirst.reduce((text, secret) => text.replaceAll(secret, '…'), told.problem);
  return { ok: false, problem: problem.replace(/\s+/g, ' ').slice(0, problemCharsMax) };
}
