// The proxy does what it says, on real sockets.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { waitUntil } from '../services/service-process.ts';
import { startFaultyProxy, type FaultyProxy } from './faulty-proxy.ts';

let server: Server;
let proxy: FaultyProxy;
const clients: Socket[] = [];

/** An echo server behind the proxy. */
beforeEach(async () => {
  server = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  proxy = await startFaultyProxy((server.address() as AddressInfo).port, 7);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  await new Promise((settle) => server.close(settle));
});

interface Client {
  readonly socket: Socket;
  received(): Buffer;
}

function open(): Client {
  const socket = connect(proxy.port, '127.0.0.1');
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  socket.on('error', () => undefined);
  clients.push(socket);
  return { socket, received: () => Buffer.concat(parts) };
}

const gets = (client: Client, text: string): Promise<void> =>
  waitUntil(`receiving ${text}`, () => client.received().toString() === text);

it('passes traffic on unchanged', async () => {
  const client = open();
  client.socket.write('hello');
  await gets(client, 'hello');
});

it('keeps order while it delays', async () => {
  proxy.setFaults({ delayMs: 20, jitterMs: 30 });
  const client = open();
  for (let piece = 0; piece < 10; piece += 1) client.socket.write(String(piece));
  await gets(client, '0123456789');
});

it('passes on everything through a narrow link', async () => {
  proxy.setFaults({ bytesPerSecond: 200_000 });
  const client = open();
  client.socket.write(Buffer.alloc(50_000, 1));
  await waitUntil('receiving all', () => client.received().length === 50_000);
});

it('resets connections when cut, and lets new ones through', async () => {
  const client = open();
  client.socket.write('a');
  await gets(client, 'a');
  proxy.cut();
  await waitUntil('being closed', () => client.socket.destroyed && proxy.openConnections() === 0);
  const next = open();
  next.socket.write('b');
  await gets(next, 'b');
});

it('resets after so many bytes', async () => {
  proxy.setFaults({ resetAfterBytes: 10 });
  const client = open();
  client.socket.write('12345678901');
  await waitUntil('being closed', () => client.socket.destroyed);
  expect(client.received().length).toBe(0);
});

it('loses in silence after so many bytes', async () => {
  proxy.setFaults({ dropAfterBytes: 5 });
  const client = open();
  client.socket.write('12345');
  await gets(client, '12345');
  client.socket.write('6');
  proxy.setFaults({ dropAfterBytes: 5, delayMs: 1 });
  const witness = open();
  witness.socket.write('w');
  await gets(witness, 'w');
  expect(client.received().toString()).toBe('12345');
  expect(client.socket.destroyed).toBe(false);
});

it('stays silent when half open', async () => {
  proxy.setFaults({ halfOpen: true });
  const client = open();
  await waitUntil('being connected', () => proxy.openConnections() === 1 && !client.socket.connecting);
  client.socket.write('x');
  proxy.setFaults({});
  const witness = open();
  witness.socket.write('w');
  await gets(witness, 'w');
  expect(client.socket.destroyed).toBe(false);
});

it('refuses new connections', async () => {
  proxy.setFaults({ refuse: true });
  const client = open();
  await waitUntil('being closed', () => client.socket.destroyed);
});

it('turns exactly one bit of a piece', async () => {
  proxy.setFaults({ corruptShare: 1 });
  const client = open();
  client.socket.write(Buffer.alloc(4));
  await waitUntil('receiving', () => client.received().length === 4);
  const bits = [...client.received()].map((byte) => byte.toString(2).replaceAll('0', '').length);
  expect(bits.reduce((sum, count) => sum + count)).toBe(1);
});
