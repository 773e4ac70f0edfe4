// What `bench:size` compares: the code an application writes to get a client, and the platform it is bundled for.

/** One SDK, by its typical import. */
export interface SizeSubject {
  readonly subject: string;
  readonly code: string;
  readonly platform: 'browser' | 'node';
  /** Packages left out of the bundle. */
  readonly external?: readonly string[];
}

/** The peers, as their quick starts use them. `globalThis.flags` keeps the bundler from removing the client. */
export const peers: readonly SizeSubject[] = [
  {
    subject: '@growthbook/growthbook',
    platform: 'browser',
    code: `import { GrowthBook } from '@growthbook/growthbook';
      const client = new GrowthBook({ apiHost: 'https://example.test', clientKey: 'k' });
      client.init({ streaming: true });
      globalThis.flags = () => client.isOn('checkout');`,
  },
  {
    subject: '@launchdarkly/js-client-sdk',
    platform: 'browser',
    code: `import { createClient } from '@launchdarkly/js-client-sdk';
      const client = createClient('k', { kind: 'user', key: 'u' });
      client.start();
      globalThis.flags = () => client.variation('checkout', false);`,
  },
  {
    subject: 'launchdarkly-js-client-sdk',
    platform: 'browser',
    code: `import { initialize } from 'launchdarkly-js-client-sdk';
      const client = initialize('k', { kind: 'user', key: 'u' });
      globalThis.flags = () => client.variation('checkout', false);`,
  },
  {
    subject: '@openfeature/ofrep-web-provider + @openfeature/web-sdk',
    platform: 'browser',
    code: `import { OpenFeature } from '@openfeature/web-sdk';
      import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
      OpenFeature.setProvider(new OFREPWebProvider({ baseUrl: 'https://example.test' }));
      globalThis.flags = () => OpenFeature.getClient().getBooleanValue('checkout', false);`,
  },
];

const nodeClient = `import { createClient } from '@org/flags-node';
  const client = createClient({ url: 'https://example.test', key: 'k' });
  const checkout = client.boolean('checkout', false);
  globalThis.flags = () => checkout.get({});`;

/** Our server-side SDK: its own code, and with everything it brings along. */
export const nodeSubjects: readonly SizeSubject[] = [
  {
    subject: '@org/flags-node',
    platform: 'node',
    code: nodeClient,
    external: ['@bufbuild/protobuf', '@grpc/grpc-js', '@nats-io/*'],
  },
  { subject: '@org/flags-node with dependencies', platform: 'node', code: nodeClient },
];
