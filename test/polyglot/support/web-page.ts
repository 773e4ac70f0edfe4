// What the page under test loads: OpenFeature's web SDK, the stock providers for browsers, and ours.
import { FlagdWebProvider } from '@openfeature/flagd-web-provider';
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
import { OpenFeature, ProviderEvents } from '@openfeature/web-sdk';
import type { Provider } from '@openfeature/web-sdk';
import { createClient } from '@org/flags-web';
import { createProvider } from '@org/flags-web/openfeature';
import type { Assignments } from './installation.ts';

/** What a provider needs to know. */
interface Source {
  readonly url: string;
  readonly key: string;
}

const providers: Readonly<Record<string, (source: Source) => Provider>> = {
  ours: ({ url, key }) => createProvider(createClient({ url, key, storage: 'none' })),
  ofrep: ({ url, key }) =>
    new OFREPWebProvider({
      baseUrl: url,
      headers: [['Authorization', `Bearer ${key}`]],
      cacheMode: 'disabled',
    }) as unknown as Provider,
  flagd: ({ url, key }) => {
    const { hostname, port } = new URL(url);
    const interceptors = [
      (next: (request: { header: Headers }) => unknown) => (request: { header: Headers }) => {
        request.header.set('Authorization', `Bearer ${key}`);
        return next(request);
      },
    ];
    return new FlagdWebProvider({
      host: hostname,
      port: Number(port),
      tls: false,
      interceptors: interceptors as never,
    });
  },
};

/** Sets a provider, and what is heard of it. */
async function start(name: string, source: Source): Promise<void> {
  heard.length = 0;
  OpenFeature.addHandler(ProviderEvents.ConfigurationChanged, () => void heard.push('changed'));
  await OpenFeature.setProviderAndWait(providers[name]!(source));
}

/** Values by flag, in the order of the contexts: each is set as the page's own, as a page would. */
async function assign(
  flags: readonly string[],
  contexts: readonly object[],
  byDefault: string,
): Promise<Assignments> {
  const client = OpenFeature.getClient();
  const answers: Record<string, string[]> = Object.fromEntries(flags.map((flag) => [flag, []]));
  for (const context of contexts) {
    await OpenFeature.setContext(context as never);
    for (const flag of flags) answers[flag]!.push(client.getStringValue(flag, byDefault));
  }
  return answers;
}

const heard: string[] = [];
const page = {
  start,
  assign,
  heard,
  value: (flag: string): string => OpenFeature.getClient().getStringValue(flag, ''),
  stop: (): Promise<void> => OpenFeature.close(),
};
/** What the test finds on the page's window. */
export type PolyglotPage = typeof page;
Object.assign(globalThis, { polyglot: page });
