// https: the client checks the server's certificate, and shows its own when asked to.
import { ServerCredentials } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from './client.ts';
import type { FlagsError } from './errors.ts';
import { booleanFlag, startFakeCore, type FakeCore } from './testing/fake-core.ts';
import { createSelfSigned } from './testing/self-signed.ts';
import { until } from './testing/until.ts';
import type { ClientOptions, FlagsClient } from './types.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const server = createSelfSigned();
const application = createSelfSigned();

const start = async (checkClients: boolean): Promise<FakeCore> => {
  const pair = { cert_chain: Buffer.from(server.cert), private_key: Buffer.from(server.key) };
  const authority = checkClients ? Buffer.from(application.cert) : null;
  const core = await startFakeCore(0, ServerCredentials.createSsl(authority, [pair], checkClients));
  cleanUps.push(() => core.stop());
  core.commit({ 'flag/a': booleanFlag(true) });
  return core;
};
const connect = (
  core: FakeCore,
  tls?: ClientOptions['tls'],
): { client: FlagsClient; errors: FlagsError[] } => {
  const url = core.url.replace('http:', 'https:');
  const client = createClient({ url, key: 'flags_s_a_b', ...(tls ? { tls } : {}) });
  cleanUps.push(() => client.close({ timeoutMs: 0 }));
  const errors: FlagsError[] = [];
  client.on('error', (error) => errors.push(error));
  return { client, errors };
};

describe('client over TLS', () => {
  it('connects to a server it is told to trust', async () => {
    const core = await start(false);
    const { client } = connect(core, { ca: server.cert });
    expect(await client.ready({ timeoutMs: 20_000 })).toBe('READY');
    core.commit({ 'flag/a': booleanFlag(false) });
    await until('the change arrived', () => client.revision === 2);
  });

  it('does not talk to a server it does not trust, and sends it no key', async () => {
    const core = await start(false);
    const { client, errors } = connect(core);
    await until('it complained', () => errors.length > 0);
    expect(errors[0]?.code).toBe('CONNECTION_LOST');
    expect(client.state).toBe('NOT_READY');
    expect(core.authorizations.size).toBe(0);
  });

  it('shows a certificate of its own', async () => {
    const core = await start(true);
    const { client } = connect(core, { ca: server.cert, cert: application.cert, key: application.key });
    expect(await client.ready({ timeoutMs: 20_000 })).toBe('READY');
  });

  it('stays outside without one', async () => {
    const core = await start(true);
    const { client, errors } = connect(core, { ca: server.cert });
    await until('it complained', () => errors.length > 0);
    expect(client.state).toBe('NOT_READY');
  });
});
