// Checks what the application gave, once, at the start. Beside the memory client the only place
// of this package that throws at its caller.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
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

const checkUrls = (url: ClientOptions['url']): readonly string[] => {
  const urls = [...new Set([url].flat().map(checkUrl))];
  if (urls.length === 0 || urls.length > urlsMax) refuse(`url: 1 to ${urlsMax} addresses`);
  return urls;
};

/** Printable text, because it stands in a header. */
const checkKey = (key: unknown): string =>
  typeof key === 'string' && /^[\x21-\x7e]{1,512}$/.test(key) ? key : refuse('key: an SDK key, "flags_s_…"');

const checkPath = (name: string, path: unknown): void => {
  if (path !== undefined && (typeof path !== 'string' || path === '')) refuse(`${name}: a path`);
};

/** What TLS would refuse only when a connection is opened, and by throwing. */
const checkTls = (options: ClientOptions['tls']): void => {
  if (!options) return;
  const { servername, checkServerIdentity } = options;
  if (servername !== undefined && typeof servername !== 'string') refuse('tls.servername: a name');
  if (checkServerIdentity !== undefined && typeof checkServerIdentity !== 'function')
    refuse('tls.checkServerIdentity: a function');
  try {
    createSecureContext(options);
  } catch (error) {
    refuse(`tls: certificates and a key that fit (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`);
  }
};

/** One file per key, by a hash of it, so that environments do not mix. */
const snapshotPath = ({
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

const checkInterval = (ms: number = flushIntervalDefaultMs): number =>
  Number.isFinite(ms) && ms >= flushIntervalMinMs
    ? ms
    : refuse(`flushIntervalMs: at least ${flushIntervalMinMs}`);

/** What the options come to. */
export interface CheckedOptions {
  /** Without duplicates, in the order given. */
  readonly urls: readonly string[];
  readonly key: string;
  /** Where the snapshot is stored, if anywhere. */
  readonly path: string | undefined;
  /** Between deliveries of events. */
  readonly intervalMs: number;
}

/** @throws FlagsError INVALID_OPTIONS, which names the option */
export const checkOptions = (options: ClientOptions): CheckedOptions => {
  if (typeof options !== 'object' || options === null) refuse('options: url and key at least');
  checkTls(options.tls);
  checkPath('snapshotFile', options.snapshotFile);
  checkPath('cacheDir', options.cacheDir);
  return {
    urls: checkUrls(options.url),
    key: checkKey(options.key),
    path: snapshotPath(options),
    intervalMs: checkInterval(options.flushIntervalMs),
  };
};
