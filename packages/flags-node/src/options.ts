// Checks what the application gave, once, at the start. The only place of this package that throws at its caller.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { FlagsError } from './errors.ts';
import { flushIntervalDefaultMs, flushIntervalMinMs, urlsMax } from './limits.ts';
import type { ClientOptions } from './types.ts';

const refuse = (detail: string): never => {
  throw new FlagsError('INVALID_OPTIONS', detail);
};

const checkUrl = (text: unknown): string => {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  if (
    !url ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.username ||
    url.search ||
    url.hash ||
    url.pathname !== '/'
  ) {
    return refuse('url: "http://host:port" or "https://host:port", the gRPC address of a core');
  }
  return url.origin;
};

/** Urls without duplicates, in the order given. @throws FlagsError */
export const checkUrls = (url: ClientOptions['url']): readonly string[] => {
  const urls = [...new Set([url].flat().map(checkUrl))];
  if (urls.length === 0 || urls.length > urlsMax) refuse(`url: 1 to ${urlsMax} addresses`);
  return urls;
};

/** Printable text that may stand in a header. @throws FlagsError */
export const checkKey = (key: unknown): string =>
  typeof key === 'string' && /^[\x21-\x7e]{1,512}$/.test(key) ? key : refuse('key: an SDK key, "flags_s_…"');

/** Where the snapshot is stored, if anywhere: one file per key, by a hash of it, so that environments do not mix. */
export const snapshotPath = ({
  snapshotFile,
  cacheDir,
  key,
  environment = '',
}: ClientOptions): string | undefined => {
  if (snapshotFile !== undefined) return snapshotFile;
  if (cacheDir === undefined) return undefined;
  const name = createHash('sha256').update(`${environment}\n${key}`).digest('hex').slice(0, 16);
  return join(cacheDir, `flags-${name}.snapshot`);
};

/** Milliseconds between deliveries. @throws FlagsError */
export const checkInterval = (ms: number = flushIntervalDefaultMs): number =>
  Number.isFinite(ms) && ms >= flushIntervalMinMs
    ? ms
    : refuse(`flushIntervalMs: at least ${flushIntervalMinMs}`);
