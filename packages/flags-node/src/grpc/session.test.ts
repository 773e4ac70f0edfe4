// The session against real servers, good and bad ones.
import diagnostics from 'node:diagnostics_channel';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import { SyncServiceService } from '@org/contract/gen/flags/v1/sync_service';
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { FlagsError } from '../errors.ts';
import { nodePlatform } from '../platform.ts';
import { booleanFlag, startFakeCore } from '../testing/fake-core.ts';
import { callUnary, openSession, type Session } from './session.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const open = (url: string, onClosed: (error: FlagsError) => void = () => undefined): Session => {
  const session = openSession({ url, key: 'flags_s_a_b', platform: nodePlatform, onClosed });
  cleanUps.push(() => session.close());
  return session;
};
const nothing = { environment: '', historyId: '', revision: 0, hash: '' };
const getSnapshot = (session: Session, timeoutMs = 20_000) =>
  callUnary(session, SyncServiceService.getSnapshot, nothing, timeoutMs);

/** A server that does with each connection what the test says. */
const startTcp = async (serve: (socket: net.Socket) => void): Promise<string> => {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** An HTTP/2 server that answers each request as the test says. */
const startHttp2 = async (answer: (stream: http2.ServerHttp2Stream) => void): Promise<string> => {
  const server = http2.createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    answer(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const grpc = { ':status': 200, 'content-type': 'application/grpc' };

describe('session', () => {
  it('calls a gRPC server, many at once over one connection', async () => {
    const core = await startFakeCore();
    cleanUps.push(() => core.stop());
    core.commit({ 'flag/a': booleanFlag(true) });
    const session = open(core.url);
    const answers = await Promise.all(Array.from({ length: 50 }, () => getSnapshot(session)));
    expect(answers.every(({ snapshot }) => snapshot?.hash === core.head.hash)).toBe(true);
  });

  it('carries a snapshot of several megabytes', async () => {
    const core = await startFakeCore();
    cleanUps.push(() => core.stop());
    core.commit({ 'flag/large': { ...booleanFlag(true), description: 'x'.repeat(5_000_000) } });
    const { snapshot } = await getSnapshot(open(core.url));
    expect(snapshot?.documents[0]?.json.length).toBeGreaterThan(5_000_000);
  });

  it('gives the status of a refused call', async () => {
    const core = await startFakeCore();
    cleanUps.push(() => core.stop());
    core.refuse('getSnapshot', status.UNAUTHENTICATED);
    await expect(getSnapshot(open(core.url))).rejects.toMatchObject({
      code: 'CALL_FAILED',
      status: status.UNAUTHENTICATED,
    });
  });

  it('says once that nobody is there', async () => {
    const errors: FlagsError[] = [];
    const session = open('http://127.0.0.1:1', (error) => errors.push(error));
    await expect(getSnapshot(session)).rejects.toBeInstanceOf(FlagsError);
    await expect(getSnapshot(session)).rejects.toMatchObject({ status: status.UNAVAILABLE });
    expect(errors.map(({ code }) => code)).toEqual(['CONNECTION_LOST']);
  });

  it('ends a call at its deadline when the peer is silent', async () => {
    const url = await startTcp(() => undefined);
    await expect(getSnapshot(open(url), 50)).rejects.toMatchObject({ status: status.DEADLINE_EXCEEDED });
  });

  it('gives a call up whose answer stalls, and lets a slow one come', async () => {
    const answer = Buffer.from([0, 0, 0, 0, 0]);
    const stalls = await startHttp2((stream) => (stream.respond(grpc), stream.write(answer.subarray(0, 3))));
    const call = callUnary(open(stalls), SyncServiceService.getSnapshot, nothing, 20_000, 50);
    await expect(call).rejects.toMatchObject({ status: status.DEADLINE_EXCEEDED });

    const slow = await startHttp2((stream) => {
      stream.respond(grpc, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      let sent = 0;
      const timer = setInterval(() => {
        stream.write(answer.subarray(sent, (sent += 1)));
        if (sent < answer.length) return;
        clearInterval(timer);
        stream.end();
      }, 200);
    });
    await expect(
      callUnary(open(slow), SyncServiceService.getSnapshot, nothing, 20_000, 900),
    ).resolves.toMatchObject({ notModified: false });
  });

  it.each<[string, (socket: net.Socket) => void]>([
    ['closes at once', (socket) => socket.destroy()],
    ['speaks HTTP/1', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['sends garbage', (socket) => socket.end(Buffer.alloc(1_000, 0xff))],
  ])('survives a peer that %s', async (_, serve) => {
    await expect(getSnapshot(open(await startTcp(serve)))).rejects.toBeInstanceOf(FlagsError);
  });

  it.each<[string, (stream: http2.ServerHttp2Stream) => void, number]>([
    [
      'an HTTP error',
      (stream) => stream.respond({ ':status': 503 }, { endStream: true }),
      status.UNAVAILABLE,
    ],
    ['HTTP 401', (stream) => stream.respond({ ':status': 401 }, { endStream: true }), status.UNAUTHENTICATED],
    ['no trailers', (stream) => (stream.respond(grpc), stream.end()), status.UNAVAILABLE],
    [
      'trailers only',
      (stream) => stream.respond({ ...grpc, 'grpc-status': '7', 'grpc-message': '%zz' }, { endStream: true }),
      status.PERMISSION_DENIED,
    ],
    [
      'half a message',
      (stream) => (stream.respond(grpc), stream.end(Buffer.from([0, 0, 0, 0, 9, 1]))),
      status.UNAVAILABLE,
    ],
    [
      'a message that is no protobuf',
      (stream) => (stream.respond(grpc), stream.write(Buffer.from([0, 0, 0, 0, 2, 0x0a, 0xff]))),
      status.UNKNOWN,
    ],
    ['a reset', (stream) => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR), status.UNAVAILABLE],
  ])('answers %s with an error', async (_, answer, code) => {
    await expect(getSnapshot(open(await startHttp2(answer)))).rejects.toMatchObject({ status: code });
  });

  it('may be closed in the very moment it connects', async () => {
    const core = await startFakeCore();
    cleanUps.push(() => core.stop());
    const sockets: net.Socket[] = [];
    const remember = (message: unknown): unknown => sockets.push((message as { socket: net.Socket }).socket);
    diagnostics.subscribe('net.client.socket', remember);
    const session = open(core.url);
    diagnostics.unsubscribe('net.client.socket', remember);
    const [socket] = sockets;
    // Behind http2's own listener: the session knows its socket, and has not said so yet.
    socket!.once('connect', () => session.close());
    await new Promise<void>((resolve) => socket!.once('close', () => resolve()));
    expect(socket!.destroyed).toBe(true);
  });

  it('says nothing more after close', async () => {
    const url = await startTcp(() => undefined);
    const session = openSession({
      url,
      key: 'k',
      platform: nodePlatform,
      onClosed: () => expect.unreachable(),
    });
    const call = getSnapshot(session);
    session.close();
    await expect(call).rejects.toBeInstanceOf(FlagsError);
  });
});
