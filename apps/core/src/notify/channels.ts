// The channels of the installation: who can be told, and how. They come from a file of the operator, with their secrets; documents
// name them and never hold either.
import { z } from 'zod';

const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/i);
const url = z.url({ protocol: /^https?$/ }).max(2_000);
const mailbox = z
  .string()
  .min(3)
  .max(320)
  .regex(/^[^\r\n]+@[^\r\n]+$/);

const webhook = z.strictObject({
  type: z.literal('webhook'),
  url,
  /** Signs what is sent. At least 24 characters. */
  secret: z.string().min(24).max(500),
});
const slack = z.strictObject({ type: z.literal('slack'), url });
const email = z.strictObject({
  type: z.literal('email'),
  /** smtp://host:port or smtps://…, with user:password@ where the server wants them. */
  smtp: z.url({ protocol: /^smtps?$/ }).max(2_000),
  /** `required`: nothing is sent where the server cannot encrypt. Left out: it must, unless it is on this machine. */
  tls: z.enum(['required', 'if_offered']).optional(),
  from: mailbox,
  to: z.array(mailbox).min(1).max(50),
});

const channels = z.record(name, z.discriminatedUnion('type', [webhook, slack, email]));

export type Channel = z.infer<typeof webhook> | z.infer<typeof slack> | z.infer<typeof email>;
export type WebhookChannel = z.infer<typeof webhook>;
export type SlackChannel = z.infer<typeof slack>;
export type EmailChannel = z.infer<typeof email>;
/** By name. */
export type Channels = ReadonlyMap<string, Channel>;

export type ChannelsResult =
  { readonly ok: true; readonly channels: Channels } | { readonly ok: false; readonly problem: string };

/** Reads the file's text. The problem names the place and never a value. */
export function readChannels(text: string): ChannelsResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, problem: 'must be JSON: channels by name' };
  }
  const read = channels.safeParse(value);
  if (read.success) return { ok: true, channels: new Map(Object.entries(read.data)) };
  const places = [
    ...new Set(read.error.issues.map(({ path }) => path.map(String).join('.') || 'the whole file')),
  ];
  return {
    ok: false,
    problem: `must hold channels as docs/alerts.md shows them; look at ${places.join(', ')}`,
  };
}

/** What must not be told to anybody: parts of addresses and passwords. */
export function secretsOf(channel: Channel): readonly string[] {
  const address = new URL(channel.type === 'email' ? channel.smtp : channel.url);
  const parts = [channel.type === 'webhook' ? channel.secret : '', address.username, address.password];
  const path = channel.type === 'email' ? [] : [address.href, address.pathname, address.search];
  return [...parts, ...parts.map(decode), ...path].filter((part) => part.length > 1);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
