// TLS on both ports, and client certificates where the operator asks for them.
import { request } from 'node:https';
import type { RequestOptions } from 'node:https';
import { credentials, status } from '@grpc/grpc-js';
import type { ChannelCredentials } from '@grpc/grpc-js';
import { afterEach, expect, it } from 'vitest';
import { callUnary } from '../testing/call-unary.ts';
import { createAuthority } from '../testing/certificates.ts';
import type { TestCertificate } from '../testing/certificates.ts';
import { startFixture, withKey } from '../testing/transport-fixture.ts';
import type { Fixture } from '../testing/transport-fixture.ts';

const authority = createAuthority();
const clients = createAuthority('Client authority');
const strangers = createAuthority('Somebody else');
const server = authority.issue('localhost');
const tls = { cert: Buffer.from(server.cert), key: Buffer.from(server.key), clientCa: undefined };
const mutual = { ...tls, clientCa: Buffer.from(clients.cert) };

let fixture: Fixture | undefined;
afterEach(() => fixture?.close());

function channel(client?: TestCertificate, ca = authority.cert): ChannelCredentials {
  const pem = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text));
  return credentials.createSsl(Buffer.from(ca), pem(client?.key), pem(client?.cert));
}

async function start(serverTls: typeof tls | typeof mutual, client: ChannelCredentials): Promise<Fixture> {
  const grpc = { address: '127.0.0.1:0', reflection: true, tls: serverTls };
  const http = { host: '127.0.0.1', port: 0, tls: serverTls };
  fixture = await startFixture({ settings: { grpc, http }, credentials: client });
  return fixture;
}

async function callGrpc(started: Fixture): Promise<unknown> {
  const { secret } = await started.sdkKey(started.environmentId, 'KEY_KIND_SERVER');
  const asked = { environment: '', flagKey: 'new-checkout', context: {} };
  return callUnary(started.flags.evaluate.bind(started.flags), asked, withKey(secret));
}

function callHttp({ transports }: Fixture, options: RequestOptions): Promise<number | string> {
  return new Promise((resolve) => {
    const where = { host: 'localhost', port: transports.http.port, path: '/healthz' };
    const sent = request({ ...where, agent: false, ...options }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    sent.end();
  });
}

it('serves both ports over TLS, to clients that trust its authority', async () => {
  const started = await start(tls, channel());
  expect(await callGrpc(started)).toMatchObject({ response: { value: true } });
  expect(await callHttp(started, { ca: authority.cert })).toBe(200);
  expect(await callHttp(started, { ca: strangers.cert })).not.toBe(200);
  expect(
    await callHttp(started, { ca: authority.cert, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }),
  ).not.toBe(200);
});

it('speaks no plain text on the ports of TLS', async () => {
  const started = await start(tls, credentials.createInsecure());
  expect(await callGrpc(started)).toMatchObject({ error: { code: status.UNAVAILABLE } });
});

it.each([
  ['a certificate of the authority', clients.issue('service'), true],
  ['no certificate', undefined, false],
  ['a certificate of somebody else', strangers.issue('service'), false],
])('lets a client in with %s: expected as named, on both ports', async (_name, client, allowed) => {
  const started = await start(mutual, channel(client));
  const own = client === undefined ? {} : { cert: client.cert, key: client.key };
  const http = await callHttp(started, { ca: authority.cert, ...own });
  if (allowed) {
    expect(await callGrpc(started)).toMatchObject({ response: { value: true } });
    expect(http).toBe(200);
  } else {
    expect(await callGrpc(started)).toMatchObject({ error: { code: status.UNAVAILABLE } });
    expect(http).not.toBe(200);
  }
});

it('asks for a key as well: a certificate opens the connection and nothing more', async () => {
  const started = await start(mutual, channel(clients.issue('service')));
  const asked = { environment: '', flagKey: 'new-checkout', context: {} };
  const outcome = await callUnary(
    started.flags.evaluate.bind(started.flags),
    asked,
    withKey('flags_s_k9_unknown'),
  );
  expect(outcome).toMatchObject({ error: { code: status.UNAUTHENTICATED } });
});
