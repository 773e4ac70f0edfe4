// The stock OpenFeature providers for Node against a real core: flagd's by RPC and in process, OFREP's, and our own.
import { FlagdProvider } from '@openfeature/flagd-provider';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import type { Provider } from '@openfeature/server-sdk';
import { createClient } from '@org/flags-node';
import { createProvider } from '@org/flags-node/openfeature';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { differences } from './support/compare.ts';
import { createInstallation } from './support/installation.ts';
import type { Assignments, Installation } from './support/installation.ts';
import { codeDefault, flags, users, usersInAll } from './support/population.ts';

const long = process.env['FLAGS_TEST_LONG'] === '1';
const userCount = long ? usersInAll : 1_000;
let installation: Installation;

beforeAll(async () => {
  installation = await createInstallation(userCount);
});
afterEach(() => OpenFeature.clearProviders());
afterAll(() => installation.close());

/** What is evaluated by the core is asked for less: an answer each, and the code behind them is the same for all. */
const remoteFlags: readonly string[] = ['colours', 'targeted'];

const only = (expected: Assignments, names: readonly string[]): Assignments =>
  Object.fromEntries(names.map((name) => [name, expected[name]!]));

async function assign(
  provider: Provider,
  names: readonly string[] = Object.keys(flags),
): Promise<Assignments> {
  await OpenFeature.setProviderAndWait(provider);
  const client = OpenFeature.getClient();
  const answers: Record<string, string[]> = {};
  for (const flag of names) {
    answers[flag] = [];
    for (const context of users(userCount))
      answers[flag].push(await client.getStringValue(flag, codeDefault, context as never));
  }
  return answers;
}

it('assigns to every variant, the code default among them', () => {
  const seen = Object.values(installation.expected).map((values) => new Set(values).size);
  expect(Object.keys(installation.expected)).toEqual(Object.keys(flags));
  expect(seen.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(14);
});

it('by our own provider', async () => {
  const { core, serverKey, expected } = installation;
  const client = createClient({ url: core.grpcUrl, key: serverKey });
  expect(differences(expected, await assign(createProvider(client)))).toEqual({});
});

it('by flagd RPC', async () => {
  const { flagdPort, expected } = installation;
  const provider = new FlagdProvider({
    host: '127.0.0.1',
    port: flagdPort,
    resolverType: 'rpc',
    deadlineMs: 10_000,
  });
  expect(differences(only(expected, remoteFlags), await assign(provider, remoteFlags))).toEqual({});
});

it('by OFREP', async () => {
  const { core, serverKey, expected } = installation;
  const provider = new OFREPProvider({
    baseUrl: core.httpUrl,
    headers: [['Authorization', `Bearer ${serverKey}`]],
  });
  expect(differences(only(expected, remoteFlags), await assign(provider, remoteFlags))).toEqual({});
});

// flagd-core for JavaScript hashes UTF-16 units where everybody else hashes UTF-8: names beyond ASCII fall elsewhere.
it('by flagd in process: names in ASCII alike, and others differ only where they are hashed', async () => {
  const { core, serverKey, expected } = installation;
  const port = core.grpcPort;
  const provider = new FlagdProvider({
    host: '127.0.0.1',
    port,
    resolverType: 'in-process',
    selector: serverKey,
    deadlineMs: 10_000,
  });
  const found = differences(expected, await assign(provider));
  expect(Object.keys(found).sort()).toEqual(['colours', 'overlaid', 'targeted']);
  for (const { ascii, beyond } of Object.values(found)) {
    expect(ascii).toBe(0);
    expect(beyond).toBeGreaterThan(userCount / 40);
  }
});
