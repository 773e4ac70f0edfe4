// The key of a call by flagd's protocols. Some of its providers can set no metadata of their own, so the key may also stand
// where they can put a text: in the selector, or in the provider's id. And a listener may have a key for calls without one.
import { readKey } from '../../access/read-key.ts';

/** The names of flagd's and our own metadata. */
export const metadataNames = {
  authorization: 'authorization',
  apiKey: 'x-api-key',
  selector: 'flagd-selector',
  environment: 'flags-environment',
} as const;

export interface KeySources {
  /** One value of the call's metadata. */
  header(name: string): string | undefined;
  /** Texts of the message that may hold a key instead. */
  readonly texts?: readonly string[];
  /** For calls without any. */
  readonly fallback: string | undefined;
}

/** What the authenticator is to be shown. */
export interface ShownKey {
  readonly authorization: string | undefined;
  readonly apiKey: string | undefined;
}

const keyText = /^flags_[psc]_[\w-]{1,300}$/;

/** Metadata for keys wins, then the selector's header, then the message, then the listener's own key. */
export function shownKey({ header, texts = [], fallback }: KeySources): ShownKey {
  const authorization = header(metadataNames.authorization);
  const apiKey = header(metadataNames.apiKey);
  if (readKey(authorization, apiKey).state !== 'none') return { authorization, apiKey };
  const found = [header(metadataNames.selector) ?? '', ...texts].find((text) => keyText.test(text));
  return { authorization: undefined, apiKey: found ?? fallback };
}
