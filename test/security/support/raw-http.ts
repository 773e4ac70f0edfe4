// Sends bytes to an HTTP port as they are: what fetch would mend must reach the server broken.
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** An answer, or undefined when the connection was closed without one. */
export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends one request and reads until the server closes (every request asks for that). */
export function sendRaw(url: string, text: string): Promise<RawAnswer | undefined> {
  return new Promise((resolve) => {
    const socket = open(url);
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => void (answer += chunk));
    socket.on('error', () => resolve(parse(answer)));
    socket.on('close', () => resolve(parse(answer)));
    socket.write(text, 'latin1');
  });
}

/** A connection of its own. */
export function open(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect(Number(port), hostname);
}

/** A request with this target, word for word, that closes its connection. */
export function request(
  method: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): string {
  const all = { host: 'core', connection: 'close', 'content-length': String(body.length), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

function parse(text: string): RawAnswer | undefined {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
  if (status === undefined) return undefined;
  const end = text.indexOf('\r\n\r\n');
  return { status: Number(status), head: text.slice(0, end), body: text.slice(end + 4) };
}
