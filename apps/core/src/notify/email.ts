// A notice by SMTP. One connection for each mail: they are few.
import { createTransport } from 'nodemailer';
import type { EmailChannel } from './channels.ts';
import { bodyOf, titleOf, type AlertMessage } from './message.ts';

const timeoutMs = 10_000;
const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** @throws when the server does not take it */
export async function sendEmail({ smtp, tls, from, to }: EmailChannel, message: AlertMessage): Promise<void> {
  const { protocol, hostname, port, username, password } = new URL(smtp);
  const isSecure = protocol === 'smtps:';
  const transport = createTransport({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (isSecure ? 465 : 587) : Number(port),
    secure: isSecure,
    requireTLS: !isSecure && (tls === undefined ? !loopback.has(hostname) : tls === 'required'),
    ...(username === ''
      ? {}
      : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // What is sent is text: nothing is read from files or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail({
      from,
      to: [...to],
      subject: titleOf(message),
      text: bodyOf(message),
      // The same id for every attempt: mail programs show it once.
      messageId: `<${Buffer.from(message.id).toString('base64url')}@flags>`,
      headers: {
        'auto-submitted': 'auto-generated',
        'x-flags-incident': Buffer.from(message.incident).toString('base64url'),
      },
    });
  } finally {
    transport.close();
  }
}
