import {
  credentials,
  Client,
  Metadata,
  Server,
  ServerCredentials,
  type handleUnaryCall,
  type MethodDefinition,
} from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { addressOfPeer, contextOf, countryFromHeader, flagsContext } from './grpc.ts';

const text = {
  serialize: (value: string) => Buffer.from(value),
  deserialize: (bytes: Buffer) => bytes.toString(),
};
const ask: MethodDefinition<string, string> = {
  path: '/test.Shop/Ask',
  requestStream: false,
  responseStream: false,
  requestSerialize: text.serialize,
  requestDeserialize: text.deserialize,
  responseSerialize: text.serialize,
  responseDeserialize: text.deserialize,
};

it('gives the handlers of grpc-js a context', async () => {
  const server = new Server({
    interceptors: [
      flagsContext({
        targetingKey: ({ metadata }) => String(metadata.get('x-user')[0]),
        country: countryFromHeader('x-country'),
        attributes: async () => ({ tier: 'gold' }),
      }),
    ],
  });
  const handle: handleUnaryCall<string, string> = (call, done) => done(null, JSON.stringify(contextOf(call)));
  server.addService({ ask }, { ask: handle });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const metadata = new Metadata();
  for (const [name, value] of Object.entries({
    'x-user': 'u-1',
    'x-country': 'at',
    'accept-language': 'de-AT',
  }))
    metadata.set(name, value);
  const answer = await new Promise<string | undefined>((resolve, reject) => {
    client.makeUnaryRequest(ask.path, text.serialize, text.deserialize, '?', metadata, (error, value) =>
      error ? reject(error) : resolve(value),
    );
  });
  client.close();
  server.forceShutdown();
  expect(JSON.parse(answer!)).toEqual({
    targetingKey: 'u-1',
    ip: '127.0.0.1',
    country: 'AT',
    language: 'de',
    locale: 'de-AT',
    tier: 'gold',
  });
});

it.each([
  ['192.0.2.7:50000', '192.0.2.7'],
  ['ipv4:192.0.2.7:50000', '192.0.2.7'],
  ['[2001:db8::1]:50000', '2001:db8::1'],
  ['ipv6:[::1]:50000', '::1'],
  ['2001:db8::1:50000', '2001:db8::1'],
  ['unknown', undefined],
  ['unix:socket', undefined],
])('finds the address in %s', (peer, address) => {
  expect(addressOfPeer(peer)).toBe(address);
});
