// Calls to analytics processes: encrypted where the operator says so, and to the next one when one is away.
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, expect, it } from 'vitest';
import { grantOf } from '../domain/testing/test-application.ts';
import { createAuthority } from '../testing/certificates.ts';
import { createAnalyticsClient, type AnalyticsClient, type AnalyticsSettings } from './analytics-client.ts';

const method = 'flags.v1.AnalyticsService/Query';
const authority = createAuthority();
const { cert, key } = authority.issue('localhost');
const encrypted = ServerCredentials.createSsl(null, [
  { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) },
]);

const opened: { close(): void }[] = [];
afterEach(() => opened.splice(0).forEach((each) => each.close()));

/** A process that answers what it was asked. */
async function start(credentials: ServerCredentials): Promise<string> {
  const server = new Server();
  const asItIs = (bytes: Buffer): Buffer => bytes;
  const echo = {
    ...{ path: `/${method}`, requestStream: false, responseStream: false },
    ...{ requestSerialize: asItIs, requestDeserialize: asItIs },
    ...{ responseSerialize: asItIs, responseDeserialize: asItIs },
  } as const;
  server.addService(
    { echo },
    {
      echo: (call: { request: Buffer }, callback: (error: null, answer: Buffer) => void) =>
        callback(null, call.request),
    },
  );
  opened.push({ close: () => server.forceShutdown() });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('localhost:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return `localhost:${port}`;
}

function open(settings: Pick<AnalyticsSettings, 'addresses' | 'tls'>): AnalyticsClient {
  const client = createAnalyticsClient({ ...settings, token: 'a token of analytics' });
  opened.push(client);
  return client;
}

const ask = async (client: AnalyticsClient): Promise<unknown> => {
  const grant = grantOf({ keyId: 'key-1', keyKind: 'KEY_KIND_SERVER' }, 'env-1');
  const answer = await client.ask(grant, method, Buffer.from('question'));
  return answer.ok ? Buffer.from(answer.value).toString('utf8') : answer.fault.code;
};

it('is encrypted for those who trust the authority, and for nobody else', async () => {
  const addresses = [await start(encrypted)];
  expect(await ask(open({ addresses, tls: { ca: Buffer.from(authority.cert) } }))).toBe('question');
  expect(await ask(open({ addresses, tls: { ca: undefined } }))).toBe('ANALYTICS_UNAVAILABLE');
  expect(await ask(open({ addresses, tls: undefined }))).toBe('ANALYTICS_UNAVAILABLE');
});

it('asks the next process when one is away', async () => {
  const addresses = ['localhost:1', await start(ServerCredentials.createInsecure())];
  const client = open({ addresses, tls: undefined });
  expect([await ask(client), await ask(client)]).toEqual(['question', 'question']);
  expect(await client.logPosition()).toBe(0);
});
