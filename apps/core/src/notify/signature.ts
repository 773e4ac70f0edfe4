// The signature of a webhook as Standard Webhooks has it (standardwebhooks.com): HMAC-SHA-256 over id, time and body, so that
// nobody else can send, change or repeat one later.
import { createHmac } from 'node:crypto';

/** The headers that make a body believable. */
export function signedHeaders(
  secret: string,
  { id, atMs, body }: { readonly id: string; readonly atMs: number; readonly body: string },
): { readonly [name: string]: string } {
  const seconds = String(Math.floor(atMs / 1000));
  // An id that breaks a header, or looks like another part of what is signed, says nothing of the body.
  const safeId = Buffer.from(id).toString('base64url');
  const signature = createHmac('sha256', keyOf(secret))
    .update(`${safeId}.${seconds}.${body}`)
    .digest('base64');
  return { 'webhook-id': safeId, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signature}` };
}

/** `whsec_` and base64, as its libraries write secrets; else the text itself. */
const keyOf = (secret: string): Buffer =>
  secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);
