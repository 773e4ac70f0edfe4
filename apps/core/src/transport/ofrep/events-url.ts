// Where the stream of changes is. EventSource in browsers sends no header, so the address holds the client key, which is as
// public as the page. No other key is ever put into, or read from, an address: those are logged by everyone on the way.
import type { Caller } from '../../application.ts';

export const eventsPath = '/ofrep/v1/events';

/** The request URI of the stream, for the holder of a key. Not to be logged. */
export function eventsUri({ keyKind }: Caller, secret: string | undefined): string {
  return keyKind === 'KEY_KIND_CLIENT' && secret !== undefined ? `${eventsPath}?key=${secret}` : eventsPath;
}

const clientKey = /[?&]key=(flags_c_[\w-]{1,300})(&|$)/;

/** The client key in a request target, if it holds one. */
export function clientKeyOf(target: string): string | undefined {
  return clientKey.exec(target)?.[1];
}
